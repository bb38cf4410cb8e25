import { readFileSync } from 'node:fs'
import { ActionError } from '../core/fault.ts'
import { isPemText } from '../core/inputs/parse-ca-bundle.ts'
import { Secret } from '../core/secret.ts'
import type { SecretName } from '../core/sidecar-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

export interface CorporateNetwork {
  /** `proxy.https` and `proxy.http`: the URLs may hold a password. */
  readonly proxies: ReadonlyMap<SecretName, Secret>
  readonly noProxy: string
  readonly extraCa: readonly string[]
}

export interface NetworkRequest {
  /** The input `upstream-proxy`; it replaces the proxies of the environment. */
  readonly upstreamProxy: Secret | undefined
  /** The input `ca-bundle`: a path or PEM text. */
  readonly caBundle: string | undefined
  readonly environment: Environment
}

/** Collects how this machine reaches the internet. Throws an ActionError when a named CA file cannot be used. */
export function readCorporateNetwork(request: NetworkRequest): CorporateNetwork {
  const { environment } = request
  return {
    proxies: readProxies(request),
    noProxy: pick(environment, 'no_proxy') ?? '',
    extraCa: [...new Set([...readBundle(request.caBundle), ...readEnvironmentBundles(environment)])],
  }
}

function readProxies({ upstreamProxy, environment }: NetworkRequest): ReadonlyMap<SecretName, Secret> {
  const proxies = new Map<SecretName, Secret>()
  for (const scheme of ['https', 'http'] as const) {
    const text = pick(environment, `${scheme}_proxy`) ?? pick(environment, 'all_proxy')
    const proxy = upstreamProxy ?? (text === undefined ? undefined : new Secret(text))
    if (proxy !== undefined) proxies.set(`proxy.${scheme}`, proxy)
  }
  return proxies
}

/** Lower case wins, as curl has it. An empty value is as good as none. */
function pick(environment: Environment, name: string): string | undefined {
  return [environment[name], environment[name.toUpperCase()]].find((value) => value !== undefined && value !== '')
}

const PEM = /-----BEGIN (TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (TRUSTED )?CERTIFICATE-----/

function readBundle(bundle: string | undefined): string[] {
  if (bundle === undefined) return []
  if (isPemText(bundle)) return [bundle]
  const found = readPem(bundle)
  if (found.kind === 'pem') return [found.text]
  throw new ActionError([
    {
      code: 'input-invalid',
      input: 'ca-bundle',
      title: 'ca-bundle cannot be used',
      message: `The file that ca-bundle names ${found.problem}.`,
      fix: 'Give the path of a readable file with PEM certificates, or the PEM text itself.',
    },
  ])
}

/** A stale variable of the machine must not end the job, as node itself only warns. */
function readEnvironmentBundles(environment: Environment): string[] {
  const paths = [environment.NODE_EXTRA_CA_CERTS, environment.SSL_CERT_FILE]
  return paths.flatMap((path) => {
    if (path === undefined || path === '') return []
    const found = readPem(path)
    return found.kind === 'pem' ? [found.text] : []
  })
}

type PemFile = { readonly kind: 'pem'; readonly text: string } | { readonly kind: 'bad'; readonly problem: string }

function readPem(path: string): PemFile {
  try {
    const text = readFileSync(path, 'utf8')
    return PEM.test(text) ? { kind: 'pem', text } : { kind: 'bad', problem: 'holds no PEM certificate' }
  } catch (error) {
    return { kind: 'bad', problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})` }
  }
}
