import { type Bundle, because, plainZone, zone } from './bundle.ts'

/** Packages of operating systems, over TLS and over plain HTTP where their package managers use it. */
export const SYSTEM_BUNDLES = {
  debian: {
    description: 'apt on Debian.',
    entries: plainZone('debian.org', 'mirrors, security updates, snapshots; signed by Debian'),
  },
  ubuntu: {
    description: 'apt on Ubuntu, with PPAs and snaps.',
    entries: [
      ...plainZone('ubuntu.com', 'mirrors and security updates; signed by Ubuntu'),
      ...because('PPAs: anyone can have one', 'ppa.launchpadcontent.net', 'http://ppa.launchpadcontent.net'),
      ...because('keys and data of PPAs', 'api.launchpad.net', 'launchpad.net'),
      ...zone('snapcraft.io', 'snaps'),
      ...zone('snapcraftcontent.com', 'files of snaps'),
    ],
  },
  alpine: {
    description: 'apk on Alpine.',
    entries: plainZone('alpinelinux.org', 'packages; signed by Alpine'),
  },
  fedora: {
    description: 'dnf on Fedora, with EPEL.',
    entries: [
      ...because('mirror lists', 'mirrors.fedoraproject.org', 'http://mirrors.fedoraproject.org'),
      ...because(
        'packages; signed by Fedora',
        'dl.fedoraproject.org',
        'download.fedoraproject.org',
        'http://download.fedoraproject.org',
        'kojipkgs.fedoraproject.org',
        'codecs.fedoraproject.org',
      ),
    ],
  },
  arch: {
    description: 'pacman on Arch Linux.',
    entries: [
      ...zone('archlinux.org', 'packages, keys, mirror status'),
      ...because('mirror on many places', 'geo.mirror.pkgbuild.com', 'http://geo.mirror.pkgbuild.com'),
    ],
  },
  homebrew: {
    description: 'brew on Linux and macOS.',
    entries: [
      ...because('index', 'formulae.brew.sh', 'brew.sh'),
      ...because('bottles', 'ghcr.io', 'pkg-containers.githubusercontent.com'),
      ...because('sources of brew itself', 'github.com'),
    ],
  },
  nix: {
    description: 'Nix with the official cache.',
    entries: [
      ...zone('nixos.org', 'binary cache, channels, installers'),
      ...because('installer', 'install.determinate.systems'),
    ],
  },
} as const satisfies Readonly<Record<string, Bundle>>
