import { describeText } from '../describe-text.ts'
import { describeUrlFault } from '../describe-url-fault.ts'
import type { Fault } from '../fault.ts'
import { type Hostname, isLoopback, isSubdomainOf } from '../hostname.ts'
import { parseUpstream, renderOrigin, type Upstream } from '../upstream.ts'
import { DOTCOM_REST, decideWebHost, TENANT_ZONE, type WebHost } from './github-zones.ts'

/** What one of the two URLs says. `web` is absent where a server's REST URL does not tell the web host. */
export type Witness =
  | { readonly kind: 'dotcom' }
  | { readonly kind: 'tenant'; readonly web: Hostname }
  | { readonly kind: 'server'; readonly url: Upstream; readonly web?: Hostname }

export type WitnessInput = 'github-server-url' | 'github-api-url'

const EXAMPLES: Readonly<Record<WitnessInput, string>> = {
  'github-server-url': 'https://github.com, https://acme.ghe.com or https://github.example.com',
  'github-api-url': 'https://api.github.com, https://api.acme.ghe.com or https://github.example.com/api/v3',
}

/** Path of the REST API on a GitHub Enterprise Server. */
export const SERVER_REST_PATH = '/api/v3'

/** Reads `github-server-url`. */
export function parseServerUrl(text: string): Witness | Fault {
  const url = parseWitnessUrl('github-server-url', text)
  if ('code' in url) return url
  const host = decideWebHost(url.hostname)
  const problem = findProblem(host, url, [''])
  if (problem !== undefined) return renderWitnessFault('github-server-url', text, problem)
  return toWitness(host, url)
}

/** Reads `github-api-url`. */
export function parseApiUrl(text: string): Witness | Fault {
  const url = parseWitnessUrl('github-api-url', text)
  if ('code' in url) return url
  const host = decideRestHost(url.hostname)
  const paths = host.kind === 'server' && isApiName(url.hostname) ? ['', SERVER_REST_PATH] : [SERVER_REST_PATH]
  const problem = findProblem(host, url, host.kind === 'server' ? paths : [''])
  if (problem !== undefined) return renderWitnessFault('github-api-url', text, problem)
  if (host.kind === 'server' && isApiName(url.hostname)) return { kind: 'server', url }
  return toWitness(host, url)
}

interface Problem {
  readonly problem: string
  readonly fix: string
}

function parseWitnessUrl(input: WitnessInput, text: string): Upstream | Fault {
  const url = parseUpstream(text, { allowPlainHttp: true })
  if (typeof url !== 'string') return url
  return renderWitnessFault(input, text, describeUrlFault(text, url, EXAMPLES[input]))
}

function toWitness(host: WebHost, url: Upstream): Witness {
  if (host.kind === 'dotcom') return { kind: 'dotcom' }
  if (host.kind === 'tenant') return { kind: 'tenant', web: host.web }
  return { kind: 'server', url, web: url.hostname }
}

function decideRestHost(hostname: Hostname): WebHost {
  if (hostname === DOTCOM_REST) return { kind: 'dotcom' }
  if (isApiName(hostname) && isSubdomainOf(hostname, TENANT_ZONE)) return decideWebHost(hostname.slice(4) as Hostname)
  const host = decideWebHost(hostname)
  if (host.kind === 'dotcom') return notRest('https://api.github.com')
  if (host.kind === 'tenant') return notRest(`https://api.${host.web}`)
  return host.kind === 'unusable' ? { ...host, meant: host.meant.replace('https://', 'https://api.') } : host
}

function notRest(meant: string): WebHost {
  return { kind: 'unusable', problem: 'which is a web address, not a REST base', meant }
}

function isApiName(hostname: Hostname): boolean {
  return hostname.startsWith('api.')
}

// What may stand around the host: nothing in the cloud; a port, and plain HTTP on this very machine, for a server.
function findProblem(host: WebHost, url: Upstream, paths: readonly string[]): Problem | undefined {
  if (host.kind === 'unusable') return { problem: host.problem, fix: `Probably ${host.meant} is meant.` }
  if (host.kind === 'server') return findServerProblem(url, paths)
  const plain = `https://${url.hostname}`
  if (url.scheme === 'http') return { problem: 'which is plain HTTP', fix: `Write ${plain}.` }
  if (url.port !== 443) return { problem: 'which has a port that GitHub’s cloud does not use', fix: `Write ${plain}.` }
  if (url.basePath !== '') return { problem: 'which has a path that does not belong there', fix: `Write ${plain}.` }
  return undefined
}

function findServerProblem(url: Upstream, paths: readonly string[]): Problem | undefined {
  if (url.scheme === 'http' && !isLoopback(url.hostname)) {
    return {
      problem: 'which is plain HTTP to a host that is not this machine: the GitHub token would travel unencrypted',
      fix: 'Use https; a certificate of your own authority is trusted through ca-bundle.',
    }
  }
  if (paths.includes(url.basePath)) return undefined
  const wanted = paths.includes('') ? renderOrigin(url) : renderOrigin(url) + SERVER_REST_PATH
  const found =
    url.basePath === '' ? `which lacks the path ${SERVER_REST_PATH}` : 'which has a path that does not belong there'
  return { problem: found, fix: `Write ${wanted}.` }
}

function renderWitnessFault(input: WitnessInput, text: string, { problem, fix }: Problem): Fault {
  return {
    code: 'topology-invalid',
    input,
    title: `${input} is not usable`,
    message: `Cannot tell from ${input} which GitHub this is: found ${describeText(text)}, ${problem}.`,
    fix,
  }
}
