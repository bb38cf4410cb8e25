import { readFileSync } from 'node:fs'
import { ActionError, type Fault } from '../core/fault.ts'
import { isPemText } from '../core/inputs/parse-ca-bundle.ts'
import { parseProxyVariable } from '../core/inputs/parse-proxy-url.ts'
import { Secret } from '../core/secret.ts'
import type { SecretName } from '../core/sidecar-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

const SCHEMES = ['https', 'http'] as const

export interface CorporateNetwork {
  /** `proxy.https` and `proxy.http`: the URLs may hold a password. */
  readonly proxies: ReadonlyMap<SecretName, Secret>
  readonly noProxy: string
  readonly extraCa: readonly string[]
}

export interface ProxyRequest {
  /** The input `upstream-proxy`; it replaces the proxies of the environment. */
  readonly upstreamProxy: Secret | undefined
  readonly environment: Environment
}

export interface NetworkRequest extends ProxyRequest {
  /** The input `ca-bundle`: a path or PEM text. */
  readonly caBundle: string | undefined
}

/** Collects how this machine reaches the internet. Throws an ActionError when a named CA file or a proxy cannot be used. */
export function readCorporateNetwork(request: NetworkRequest): CorporateNetwork {
  const { environment } = request
  return {
    proxies: readProxies(request),
    noProxy: find(environment, 'no_proxy')?.value ?? '',
    extraCa: [...new Set([...readBundle(request.caBundle), ...readEnvironmentBundles(environment)])],
  }
}

/**
 * The proxies for the ways out, by scheme. Throws an ActionError when a variable that counts cannot be used. `all_proxy` stands in for
 * a missing one; set beside a proxy for https, an unusable one is passed over, as machines have it for other programs.
 */
export function readProxies({ upstreamProxy, environment }: ProxyRequest): ReadonlyMap<SecretName, Secret> {
  if (upstreamProxy !== undefined) return new Map(SCHEMES.map((scheme) => [`proxy.${scheme}`, upstreamProxy]))
  const hasOwn = find(environment, 'https_proxy') !== undefined
  const faults = new Map<string, Fault>()
  const proxies = new Map<SecretName, Secret>()
  for (const scheme of SCHEMES) {
    const own = find(environment, `${scheme}_proxy`)
    const variable = own ?? find(environment, 'all_proxy')
    if (variable === undefined) continue
    const parsed = parseProxyVariable(variable.name, variable.value)
    if (parsed.kind === 'url') proxies.set(`proxy.${scheme}`, new Secret(parsed.url))
    else if (own !== undefined || !hasOwn) faults.set(variable.name, parsed.fault)
  }
  if (faults.size > 0) throw new ActionError([...faults.values()])
  return proxies
}

interface Variable {
  readonly name: string
  readonly value: string
}

/** Lower case wins, as curl has it. An empty value is as good as none. */
function find(environment: Environment, lower: string): Variable | undefined {
  return [lower, lower.toUpperCase()]
    .map((name) => ({ name, value: environment[name] ?? '' }))
    .find(({ value }) => value !== '')
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
