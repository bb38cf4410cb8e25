import type { Fault } from '../fault.ts'
import { renderUpstream, type Upstream } from '../upstream.ts'
import { deriveDotcom, deriveServer, deriveTenant } from './endpoints.ts'
import { parseApiUrl, parseServerUrl, SERVER_REST_PATH, type Witness } from './parse-witness.ts'
import type { Topology } from './topology.ts'

/** The two URLs as texts; undefined = not given at all. */
export interface TopologyWitnesses {
  readonly serverUrl: string | undefined
  readonly apiUrl: string | undefined
}

export type TopologyResult =
  | { readonly kind: 'ok'; readonly topology: Topology }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }

/**
 * Decides from the server URL and the API URL which GitHub this is. One of them is enough; both must agree; nothing is ever
 * taken for github.com but github.com.
 */
export function deriveTopology(witnesses: TopologyWitnesses): TopologyResult {
  const server = witnesses.serverUrl === undefined ? undefined : parseServerUrl(witnesses.serverUrl)
  const api = witnesses.apiUrl === undefined ? undefined : parseApiUrl(witnesses.apiUrl)
  const faults = [server, api].filter((item): item is Fault => item !== undefined && 'code' in item)
  if (faults.length > 0) return { kind: 'faults', faults }
  const result = combine(server as Witness | undefined, api as Witness | undefined)
  return 'code' in result ? { kind: 'faults', faults: [result] } : { kind: 'ok', topology: result }
}

function combine(server: Witness | undefined, api: Witness | undefined): Topology | Fault {
  const first = server ?? api
  if (first === undefined) return MISSING
  if (server !== undefined && api !== undefined && !agree(server, api)) return renderContradiction(server, api)
  switch (first.kind) {
    case 'dotcom':
      return deriveDotcom()
    case 'tenant':
      return deriveTenant(first.web)
    case 'server':
      return combineServer(server, api)
  }
}

function combineServer(server: Witness | undefined, api: Witness | undefined): Topology | Fault {
  const web = server?.kind === 'server' ? server.url : undefined
  const rest = api?.kind === 'server' ? api.url : undefined
  if (web !== undefined) return deriveServer(web, rest ?? { ...web, basePath: SERVER_REST_PATH })
  if (rest === undefined) return MISSING
  return api?.kind === 'server' && api.web !== undefined ? deriveServer({ ...rest, basePath: '' }, rest) : API_ONLY
}

function agree(server: Witness, api: Witness): boolean {
  if (server.kind === 'server') return api.kind === 'server' && isRestOf(server.url, api.url)
  if (server.kind === 'tenant') return api.kind === 'tenant' && api.web === server.web
  return api.kind === 'dotcom'
}

function isRestOf(web: Upstream, rest: Upstream): boolean {
  if (rest.scheme !== web.scheme || rest.port !== web.port) return false
  return rest.hostname === web.hostname || rest.hostname === `api.${web.hostname}`
}

const MISSING: Fault = {
  code: 'topology-invalid',
  input: 'github-server-url',
  title: 'github-server-url is missing',
  message: 'Cannot tell which GitHub this is: neither github-server-url nor github-api-url is given.',
  fix: 'Leave both to their defaults inside GitHub Actions; elsewhere give github-server-url, for example https://github.com.',
}

const API_ONLY: Fault = {
  code: 'topology-invalid',
  input: 'github-server-url',
  title: 'github-server-url is missing',
  message:
    'Cannot tell the web host of this GitHub Enterprise Server: github-api-url alone names a host that begins with api.',
  fix: 'Give github-server-url as well, for example https://github.example.com.',
}

function renderContradiction(server: Witness, api: Witness): Fault {
  const needed = combine(server, undefined)
  const rest = 'code' in needed ? '' : renderUpstream(needed.rest)
  return {
    code: 'topology-contradiction',
    input: 'github-api-url',
    title: 'github-server-url and github-api-url disagree',
    message: `github-server-url is that of ${nameWitness(server)}, github-api-url that of ${nameWitness(api)}; both must be of the same GitHub.`,
    fix: `Set github-api-url to ${rest}, or github-server-url to the GitHub that is meant.`,
  }
}

function nameWitness(witness: Witness): string {
  switch (witness.kind) {
    case 'dotcom':
      return 'github.com'
    case 'tenant':
      return `the tenant ${witness.web}`
    case 'server':
      return `the server ${renderUpstream(witness.url)}`
  }
}
