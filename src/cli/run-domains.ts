import { listRules, renderAwfDomains } from '../core/policy/render-rule.ts'
import { PROVIDER_IDS, type ProviderId } from '../core/providers/provider.ts'
import { PROVIDERS } from '../core/providers/table.ts'
import { deriveSidecarDomains } from '../core/topology/sidecar-domains.ts'
import { renderSquid } from '../firewall/render-squid.ts'
import type { DomainsOptions } from './options.ts'
import { type ReadPolicy, readPolicy, sayFaults } from './read-policy.ts'
import { renderTable } from './render-table.ts'
import { type End, EXIT, exitWith, type Terminal } from './terminal.ts'

/** `domains`: the agent's list and the sidecar's, line by line with its reason. */
export async function runDomains(terminal: Terminal, { flags, form, hasRunner }: DomainsOptions): Promise<End> {
  try {
    const read = await readPolicy(terminal, flags, hasRunner)
    for (const notice of read.notices) terminal.writeError(`notice: ${notice}\n`)
    terminal.write(RENDER[form](read, terminal))
    return exitWith(EXIT.ok)
  } catch (error) {
    return exitWith(sayFaults(terminal, error))
  }
}

const RENDER: Readonly<Record<DomainsOptions['form'], (read: ReadPolicy, terminal: Terminal) => string>> = {
  lines: renderLines,
  json: renderJson,
  awf: renderAwf,
  squid: ({ policy }) => renderSquid(policy, SQUID),
}

/** Where Squid listens by custom, on loopback, with the name servers of its machine. */
const SQUID = {
  listen: { address: '127.0.0.1', port: 3128 },
  accessLog: null,
  directory: null,
  nameservers: [],
} as const

interface SidecarHost {
  readonly host: string
  readonly provider: ProviderId
  readonly isConfigured: boolean
}

/** Every host that the sidecar dials, by provider, but for this machine; without any provider, those that each would have. */
function listSidecarHosts({ inputs: { topology, providers } }: ReadPolicy): readonly SidecarHost[] {
  const configured = providers.flatMap((provider) =>
    deriveSidecarDomains(topology, [provider]).map((host) => ({ host, provider: provider.id, isConfigured: true })),
  )
  if (providers.length > 0) return configured
  return PROVIDER_IDS.flatMap((id) => {
    const row = PROVIDERS[id]
    const upstream = id === 'copilot' ? topology.copilot : 'defaultUpstream' in row ? row.defaultUpstream : undefined
    return upstream === undefined ? [] : [{ host: upstream.hostname, provider: id, isConfigured: false }]
  })
}

function renderLines(read: ReadPolicy): string {
  const { inputs, policy } = read
  const rules = listRules(policy).map(({ verdict, rule, origin, reason }) => [`  ${verdict}`, rule, origin, reason])
  const hosts = listSidecarHosts(read).map(({ host, provider, isConfigured }) => [
    `  ${host}`,
    `${PROVIDERS[provider].label}${isConfigured ? '' : ', which is not configured'}`,
  ])
  const mode = inputs.firewall.mode
  return [
    `What the command may reach (egress-policy: ${mode}${mode === 'off' ? ', so everything; with block it would be this' : ''})`,
    renderTable(rules),
    'What the sidecar reaches, with the keys',
    renderTable(hosts),
  ].join('\n')
}

function renderJson(read: ReadPolicy): string {
  const lists = {
    version: 1,
    topology: read.inputs.topology.kind,
    mode: read.inputs.firewall.mode,
    agent: listRules(read.policy),
    sidecar: listSidecarHosts(read),
  }
  return `${JSON.stringify(lists, null, 2)}\n`
}

/** What the form cannot say is no silent loss: it goes to stderr. */
function renderAwf({ policy }: ReadPolicy, { writeError }: Terminal): string {
  const { allow, block, left } = renderAwfDomains(policy)
  if (left.length > 0) writeError(`notice: --allow-domains has no form for ${left.join(', ')}\n`)
  if (block.length > 0) writeError(`notice: these need --block-domains: ${block.join(',')}\n`)
  return `${allow.join(',')}\n`
}
