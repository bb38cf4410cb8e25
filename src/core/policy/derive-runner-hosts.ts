import type { Hostname } from '../hostname.ts'
import type { Topology } from '../topology/topology.ts'
import { TLS_PORT } from './parsed-rule.ts'
import type { HostRule } from './policy.ts'
import {
  DOTCOM_RESULT_HOSTS,
  DOTCOM_SERVICES,
  RESULTS_REASON,
  type RunnerServiceRow,
  TENANT_RESULT_HOSTS,
  TENANT_SERVICES,
} from './runner-services.ts'

/**
 * The rules for the runner's own services. Storage accounts come from GET /meta where it names any, else from the shipped list. A
 * server's runner talks to the server alone, which the topology allows; where its storage lies only its administrator knows.
 */
export function deriveRunnerHosts(topology: Topology, meta: readonly Hostname[]): readonly HostRule[] {
  switch (topology.kind) {
    case 'dotcom':
      return combine(DOTCOM_SERVICES, DOTCOM_RESULT_HOSTS, meta)
    case 'tenant': {
      const services = TENANT_SERVICES.map((row) => ({ ...row, rule: row.rule.replace('{web}', topology.web) }))
      return combine(services, TENANT_RESULT_HOSTS, meta)
    }
    case 'server':
      return []
  }
}

function combine(
  services: readonly RunnerServiceRow[],
  shipped: readonly string[],
  meta: readonly Hostname[],
): readonly HostRule[] {
  const results = meta.length > 0 ? meta : shipped
  const rows = [...services, ...results.map((rule) => ({ rule, reason: RESULTS_REASON }))]
  return rows.map(createRunnerRule)
}

/**
 * A row of ours, or a name that the parser of the answer let through: a host or a wildcard over TLS, nothing else. That each passes the
 * grammar of users' lists is tested, not asked again at every start: it would read the whole suffix list.
 */
function createRunnerRule({ rule, reason }: RunnerServiceRow): HostRule {
  const kind = rule.startsWith('*.') ? 'wildcard' : 'host'
  const name = (kind === 'wildcard' ? rule.slice(2) : rule) as Hostname
  return { kind, name, scheme: 'https', port: TLS_PORT, mayBePrivate: false, origin: { kind: 'runner', reason } }
}
