import { AGENT_DOMAINS } from '../../topology/agent-domains.ts'
import { type Bundle, because, zone } from './bundle.ts'

/** Services that builds and tests lean on. */
export const SERVICE_BUNDLES = {
  github: {
    description:
      'github.com itself: git, REST, releases, packages. In jobs on github.com most of it is allowed anyway; elsewhere it adds it.',
    entries: [
      ...AGENT_DOMAINS.dotcom.map(({ name, reason }) => ({ rule: name, reason })),
      ...because('packages of GitHub Packages', '*.pkg.github.com'),
      ...because('container images of GitHub Packages', 'ghcr.io', 'pkg-containers.githubusercontent.com'),
      ...because('pictures and styles of web pages', 'github.githubassets.com', 'avatars.githubusercontent.com'),
    ],
  },
  containers: {
    description: 'Pulling from the public container registries. Anyone can push to most of them.',
    entries: [
      ...zone('docker.io', 'Docker Hub: names and tokens'),
      ...because(
        'Docker Hub: layers',
        'production.cloudflare.docker.com',
        'production.cloudfront.docker.com',
        'docker-images-prod.6aa30f8b08e16409b46e0173d6de2f56.r2.cloudflarestorage.com',
      ),
      ...because('Docker’s own packages', 'download.docker.com'),
      ...because('GitHub Packages', 'ghcr.io', 'pkg-containers.githubusercontent.com'),
      ...zone('quay.io', 'images of Quay'),
      ...because('images of Microsoft', 'mcr.microsoft.com', '*.data.mcr.microsoft.com'),
      ...because('images of Google and Kubernetes', 'gcr.io', 'registry.k8s.io'),
      ...because('public images of AWS', 'public.ecr.aws'),
    ],
  },
  playwright: {
    description: 'Browsers of Playwright, Puppeteer and Selenium.',
    entries: [
      ...because(
        'browsers of Playwright',
        'cdn.playwright.dev',
        'playwright.download.prss.microsoft.com',
        'playwright.dev',
      ),
      ...because(
        'Chrome for Testing: a bucket of Google’s, but the host serves every bucket',
        'storage.googleapis.com',
      ),
      ...because('which version of Chrome for Testing', 'googlechromelabs.github.io'),
      ...because('Firefox', 'download.mozilla.org', 'archive.mozilla.org', 'download-installer.cdn.mozilla.net'),
    ],
  },
  terraform: {
    description: 'Terraform and OpenTofu with their registries.',
    entries: [
      ...zone('hashicorp.com', 'releases and checkpoints'),
      ...because('providers and modules', 'registry.terraform.io', 'registry.opentofu.org', 'get.opentofu.org'),
    ],
  },
  huggingface: {
    description: 'Models and data sets. Anyone can publish there.',
    entries: [...zone('huggingface.co', 'index and files'), ...zone('hf.co', 'files')],
  },
} as const satisfies Readonly<Record<string, Bundle>>
