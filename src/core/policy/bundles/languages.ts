import { type Bundle, because, zone } from './bundle.ts'

const GITHUB_ASSETS = because(
  'release files that installers of this tool chain fetch from GitHub',
  'github.com',
  'objects.githubusercontent.com',
  'release-assets.githubusercontent.com',
)

/** Tool chains of programming languages. */
export const LANGUAGE_BUNDLES = {
  node: {
    description: 'npm, yarn, pnpm and corepack; Node.js itself.',
    entries: [
      ...zone('npmjs.org', 'packages, signatures and advisories of npm'),
      ...zone('npmjs.com', 'pages and tokens of npm'),
      ...zone('yarnpkg.com', 'packages and releases of yarn'),
      ...zone('nodejs.org', 'releases and headers of Node.js (node-gyp)'),
      ...zone('pnpm.io', 'pnpm’s own site and installer'),
      ...because('packages of JSR', 'jsr.io', 'npm.jsr.io'),
    ],
  },
  bun: {
    description: 'Bun itself; packages come with `node`.',
    entries: [...zone('bun.sh', 'installer and site'), ...zone('bun.com', 'installer and site'), ...GITHUB_ASSETS],
  },
  deno: {
    description: 'Deno itself and its modules.',
    entries: [
      ...because('installer and site', 'deno.com', 'deno.land', 'dl.deno.land'),
      ...because('packages of JSR', 'jsr.io', 'npm.jsr.io'),
    ],
  },
  python: {
    description: 'pip, uv and poetry; CPython itself.',
    entries: [
      ...zone('pypi.org', 'index of PyPI'),
      ...zone('pythonhosted.org', 'files of PyPI'),
      ...zone('pypa.io', 'installers of pip and its companions'),
      ...zone('python.org', 'releases of CPython, documentation'),
      ...zone('astral.sh', 'installer of uv and its builds of CPython'),
      ...because('installer of poetry', 'install.python-poetry.org'),
    ],
  },
  conda: {
    description: 'conda and mamba with the usual channels.',
    entries: [
      ...zone('anaconda.org', 'channels: anyone can have one, so name the channel in your environment file'),
      ...zone('anaconda.com', 'default channels and installers'),
      ...because('documentation and installers', 'conda.io', 'docs.conda.io', 'conda-forge.org'),
      ...zone('prefix.dev', 'channels of prefix.dev'),
    ],
  },
  rust: {
    description: 'cargo, rustup and crates.io.',
    entries: [
      ...zone('crates.io', 'index and files of crates.io'),
      ...zone('rust-lang.org', 'tool chains of rustup, documentation'),
      ...because('installer of rustup', 'rustup.rs', 'sh.rustup.rs'),
      ...because('documentation of crates', 'docs.rs'),
    ],
  },
  go: {
    description: 'go modules through the proxy; Go itself.',
    entries: [
      ...zone('golang.org', 'module proxy, checksum database, vanity names under golang.org'),
      ...because('tool chains and documentation', 'go.dev', 'pkg.go.dev', 'dl.google.com'),
      ...because('vanity names of many modules', 'gopkg.in'),
    ],
  },
  java: {
    description: 'Maven and Gradle with Maven Central; JDKs of Adoptium.',
    entries: [
      ...zone('maven.org', 'Maven Central'),
      ...zone('maven.apache.org', 'Maven Central, releases of Maven'),
      ...because('Maven Central', 'central.sonatype.com'),
      ...because('releases of Maven', 'dlcdn.apache.org', 'downloads.apache.org'),
      ...zone('gradle.org', 'releases and plugins of Gradle'),
      ...because('artifacts of Google and Android', 'maven.google.com', 'dl.google.com'),
      ...because(
        'Kotlin and other artifacts of JetBrains',
        'packages.jetbrains.team',
        'cache-redirector.jetbrains.com',
      ),
      ...because(
        'builds of the JDK',
        'api.adoptium.net',
        'packages.adoptium.net',
        'download.oracle.com',
        'cdn.azul.com',
      ),
    ],
  },
  ruby: {
    description: 'gem and bundler; Ruby itself.',
    entries: [
      ...zone('rubygems.org', 'index and files of RubyGems'),
      ...zone('ruby-lang.org', 'releases and documentation'),
      ...because('bundler’s site', 'bundler.io'),
    ],
  },
  dotnet: {
    description: 'NuGet and the .NET SDK.',
    entries: [
      ...zone('nuget.org', 'index and files of NuGet'),
      ...because('SDK and runtime', 'dot.net', 'builds.dotnet.microsoft.com', 'dotnet.microsoft.com'),
      ...because(
        'packages for Linux, installers',
        'packages.microsoft.com',
        'aka.ms',
        'download.visualstudio.microsoft.com',
      ),
    ],
  },
  php: {
    description: 'composer with Packagist; PHP itself.',
    entries: [
      ...zone('packagist.org', 'index of Packagist'),
      ...zone('getcomposer.org', 'composer itself'),
      ...zone('php.net', 'releases and documentation, PECL'),
      ...because('archives of packages, which Packagist points to', 'api.github.com', 'codeload.github.com'),
    ],
  },
  swift: {
    description: 'Swift tool chains and the package index; packages come from their repositories.',
    entries: [
      ...zone('swift.org', 'tool chains and documentation'),
      ...because('package index', 'swiftpackageindex.com'),
    ],
  },
  dart: {
    description: 'pub and the Dart SDK.',
    entries: [
      ...zone('pub.dev', 'index of pub'),
      ...because('documentation and installers', 'dart.dev', 'flutter.dev', 'docs.flutter.dev'),
      ...because(
        'archives of SDK and packages: a bucket of Google’s, but the host serves every bucket',
        'storage.googleapis.com',
      ),
    ],
  },
  elixir: {
    description: 'mix and hex; Elixir itself.',
    entries: [...zone('hex.pm', 'index and files of Hex'), ...zone('elixir-lang.org', 'releases and documentation')],
  },
  haskell: {
    description: 'cabal, stack and ghcup.',
    entries: [
      ...zone('haskell.org', 'Hackage, ghcup, documentation'),
      ...because('stack and its snapshots', 'stackage.org', 'www.stackage.org', 'get.haskellstack.org'),
    ],
  },
  perl: {
    description: 'CPAN.',
    entries: [...zone('cpan.org', 'index and files of CPAN'), ...zone('metacpan.org', 'search and documentation')],
  },
  r: {
    description: 'CRAN and Posit’s binary packages.',
    entries: [
      ...zone('r-project.org', 'packages of CRAN'),
      ...because('binary packages', 'packagemanager.posit.co', 'cdn.posit.co', 'cloud.r-project.org'),
    ],
  },
} as const satisfies Readonly<Record<string, Bundle>>
