import type { Hostname } from '../hostname.ts'
import { httpsUpstream, renderOrigin, type Upstream } from '../upstream.ts'
import { deriveAgentDomains } from './agent-domains.ts'
import { COPILOT_ZONE, DOTCOM, DOTCOM_REST, TENANT_ZONE } from './github-zones.ts'
import type { Topology } from './topology.ts'

const host = (name: string): Hostname => name as Hostname

/** The Copilot API before discovery, on github.com and for servers, whose licences live there. */
const DOTCOM_COPILOT = httpsUpstream(host('api.githubcopilot.com'))

const DOTCOM_TELEMETRY: readonly Hostname[] = [
  'copilot-telemetry.githubusercontent.com',
  'telemetry.individual.githubcopilot.com',
  'telemetry.business.githubcopilot.com',
  'telemetry.enterprise.githubcopilot.com',
  'collector.github.com',
].map(host)

/** Every host of github.com. */
export function deriveDotcom(): Topology {
  return {
    kind: 'dotcom',
    web: DOTCOM,
    rest: httpsUpstream(DOTCOM_REST),
    graphql: httpsUpstream(DOTCOM_REST, '/graphql'),
    copilot: DOTCOM_COPILOT,
    copilotSuffixes: [COPILOT_ZONE],
    telemetry: DOTCOM_TELEMETRY,
    oidcIssuer: 'https://token.actions.githubusercontent.com',
    agentDomains: deriveAgentDomains({ kind: 'dotcom', web: DOTCOM, rest: DOTCOM_REST }),
  }
}

/** Every host of a GHE.com tenant. GraphQL is `/graphql` on the REST host, not `/api/graphql` as on a server. */
export function deriveTenant(web: Hostname): Topology {
  const rest = host(`api.${web}`)
  return {
    kind: 'tenant',
    web,
    rest: httpsUpstream(rest),
    graphql: httpsUpstream(rest, '/graphql'),
    copilot: httpsUpstream(host(`copilot-api.${web}`)),
    copilotSuffixes: [web],
    telemetry: [host(`copilot-telemetry-service.${web}`)],
    oidcIssuer: `https://token.actions.${web}`,
    ghHost: web,
    agentDomains: deriveAgentDomains({ kind: 'tenant', web, rest }),
  }
}

/**
 * Every host of a GitHub Enterprise Server.
 * @param web its web address without path. @param rest its REST base, on the same host or on `api.` of it.
 */
export function deriveServer(web: Upstream, rest: Upstream): Topology {
  const graphqlPath = rest.basePath === '' ? '/graphql' : '/api/graphql'
  return {
    kind: 'server',
    web: web.hostname,
    rest,
    graphql: { ...rest, basePath: graphqlPath },
    copilot: DOTCOM_COPILOT,
    // The licence of a server's users lives on github.com or on a tenant; discovery may answer with either.
    copilotSuffixes: [COPILOT_ZONE, TENANT_ZONE],
    telemetry: DOTCOM_TELEMETRY,
    oidcIssuer: `${renderOrigin(web)}/_services/token`,
    ghHost: web.hostname,
    copilotGhHost: DOTCOM,
    agentDomains: deriveAgentDomains({ kind: 'server', web: web.hostname, rest: rest.hostname }),
  }
}
