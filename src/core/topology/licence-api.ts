import { parseHostname } from '../hostname.ts'
import { httpsUpstream, type Upstream } from '../upstream.ts'
import type { Topology } from './topology.ts'

/** REST and GraphQL of the GitHub that issued the Copilot token. */
export interface LicenceApi {
  readonly rest: Upstream
  readonly graphql: Upstream
}

/**
 * Where to ask about a Copilot token. On GHES the licence, and so the token, belongs to a cloud GitHub: its API is asked, because
 * the instance would only refuse a token it did not issue.
 */
export function deriveLicenceApi(topology: Topology): LicenceApi {
  const cloud = topology.kind === 'server' ? topology.copilotGhHost : undefined
  const api = cloud === undefined ? undefined : parseHostname(`api.${cloud}`)
  if (api === undefined) return { rest: topology.rest, graphql: topology.graphql }
  return { rest: httpsUpstream(api), graphql: httpsUpstream(api, '/graphql') }
}
