import type { GithubTokenKind } from '../credentials/github-token-kind.ts'
import type { Hostname } from '../hostname.ts'
import { deriveLicenceApi } from '../topology/licence-api.ts'
import type { Topology } from '../topology/topology.ts'
import { parseUpstream, renderAuthority, type Upstream } from '../upstream.ts'
import { deriveExcerpt } from './excerpt.ts'
import { parseJson, readPath } from './json.ts'
import { PROBE_USER_AGENT, type ProbeAnswer, type ProbeRequest } from './probe.ts'
import { isCopilotHost } from './read-probe.ts'

export type Discovery =
  | { readonly kind: 'found'; readonly upstream: Upstream }
  /** An endpoint was named, but it lies outside this topology: never followed. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** No endpoint was named: go on with the next request, then with the table. */
  | { readonly kind: 'nothing'; readonly reason: string }

const QUERY = JSON.stringify({ query: '{viewer{copilotEndpoints{api}}}' })

const HEADERS = [
  ['accept', 'application/json'],
  ['user-agent', PROBE_USER_AGENT],
] as const

/**
 * What to ask GitHub for the Copilot API host of a token's plan, in this order, until one answers `found`. The GraphQL object is
 * documented; the REST path is what Copilot CLI itself follows. Installation tokens have no viewer: none, as in the CLI.
 */
export function deriveDiscoveryRequests(topology: Topology, tokenKind: GithubTokenKind): readonly ProbeRequest[] {
  if (tokenKind === 'installation') return []
  const { rest, graphql } = deriveLicenceApi(topology)
  return [
    {
      method: 'POST',
      upstream: graphql,
      path: '',
      headers: [...HEADERS, ['content-type', 'application/json']],
      body: QUERY,
    },
    { method: 'GET', upstream: rest, path: '/copilot_internal/user', headers: HEADERS },
  ]
}

/** Reads the answer to either request. */
export function readDiscovery(answer: ProbeAnswer, topology: Topology): Discovery {
  if (answer.kind === 'failure') return nothing(`no answer came (${answer.failure})`)
  if (answer.status !== 200) return nothing(`the answer was ${answer.status}: ${deriveExcerpt(answer.body)}`)
  const body = parseJson(answer.body)
  const api = readPath(body, 'data', 'viewer', 'copilotEndpoints', 'api') ?? readPath(body, 'endpoints', 'api')
  if (typeof api !== 'string' || api === '') return nothing('the answer names no Copilot endpoint')
  return readEndpoint(api, topology)
}

/**
 * Accepts an endpoint only as plain `https://host` under the topology's own suffixes: the answer decides where a credential goes,
 * so a forged or foreign one must not.
 */
export function readEndpoint(text: string, topology: Topology): Discovery {
  const upstream = parseUpstream(text)
  if (typeof upstream === 'string') return refused(`the endpoint is no usable URL (${upstream})`)
  const host = renderAuthority(upstream)
  if (upstream.scheme !== 'https' || upstream.port !== 443 || upstream.basePath !== '') {
    return refused(`the endpoint at ${host} is not plain https without port and path`)
  }
  if (!isCopilotHost(upstream.hostname, topology)) {
    return refused(`${host} is not under ${listSuffixes(topology.copilotSuffixes)}`)
  }
  return { kind: 'found', upstream }
}

function listSuffixes(suffixes: readonly Hostname[]): string {
  return suffixes.length === 0 ? 'any Copilot host of this topology' : suffixes.join(' or ')
}

function nothing(reason: string): Discovery {
  return { kind: 'nothing', reason }
}

function refused(reason: string): Discovery {
  return { kind: 'refused', reason }
}
