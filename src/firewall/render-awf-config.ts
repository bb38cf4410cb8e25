import { type Hostname, isSubdomainOf } from '../core/hostname.ts'
import type { HostRule, Policy } from '../core/policy/policy.ts'
import type { ProviderId } from '../core/providers/provider.ts'
import { PROVIDERS } from '../core/providers/table.ts'
import type { Topology } from '../core/topology/topology.ts'
import { renderUpstream, type Upstream } from '../core/upstream.ts'

export interface AwfOptions {
  /** What each configured provider calls; an upstream that AWF would choose itself is left out. */
  readonly upstreams: Readonly<Partial<Record<ProviderId, Upstream>>>
}

export interface AwfFile {
  /** JSON, valid against AWF's published schema. */
  readonly text: string
  /** What AWF cannot say and therefore does otherwise: sentences for the summary, wider ones first. */
  readonly notes: readonly string[]
}

const SCHEMA = 'https://raw.githubusercontent.com/github/gh-aw-firewall/main/docs/awf-config.schema.json'

/**
 * Renders the policy as AWF's configuration file. In AWF a plain name includes every sub-name; an exact host of ours gets a block rule
 * for its sub-names, unless another rule allows one of them, because there block wins over allow. What is wider or missing is a note.
 */
export function renderAwfConfig(policy: Policy, topology: Topology, options: AwfOptions): AwfFile {
  const rules = policy.hosts.filter(isKnownToAwf)
  const exact = rules.filter((rule) => rule.kind === 'host').map((rule) => rule.name)
  const widened = exact.filter((name) =>
    rules.some((rule) => isSubdomainOf(rule.name, name) || isWildcardOf(rule, name)),
  )
  const closed = exact.filter((name) => !widened.includes(name))
  const denied = policy.denied.map(({ kind, name }) => (kind === 'wildcard' ? `*.${name}` : name))
  const targets = deriveTargets(topology, options)
  const config = {
    $schema: SCHEMA,
    network: {
      allowDomains: unique(rules.map(renderDomain)),
      blockDomains: unique([...denied, ...closed.map((name) => `*.${name}`)]),
    },
    ...(Object.keys(targets.known).length === 0 ? {} : { apiProxy: { targets: targets.known } }),
  }
  const notes = [...deriveNotes(policy, unique(widened)), ...targets.notes]
  return { text: `${JSON.stringify(config, null, 2)}\n`, notes }
}

/** AWF filters by name on 80 and 443 only. */
function isKnownToAwf({ scheme, port }: HostRule): boolean {
  return (scheme === 'https' && port === 443) || (scheme === 'http' && port === 80)
}

/** True when the rule is a wildcard for the sub-names of `name`: they are wanted, so a block rule would be wrong. */
function isWildcardOf(rule: HostRule, name: Hostname): boolean {
  return rule.kind === 'wildcard' && rule.name === name
}

function renderDomain({ kind, name, scheme }: HostRule): string {
  return `${scheme}://${kind === 'wildcard' ? '*.' : ''}${name}`
}

function deriveNotes(policy: Policy, widened: readonly Hostname[]): readonly string[] {
  const wider = widened.filter((name) => !policy.hosts.some((rule) => isWildcardOf(rule, name)))
  const lost = policy.hosts.filter((rule) => !isKnownToAwf(rule))
  const deniedHosts = policy.denied.filter((rule) => rule.kind === 'host').map((rule) => rule.name)
  return [
    ...note(wider, 'AWF includes every sub-name of these hosts, which this policy does not'),
    ...note(deniedHosts, 'AWF refuses every sub-name of these denied hosts too'),
    ...note(
      lost.map(({ name, port }) => `${name}:${port}`),
      'AWF knows ports 80 and 443 only, so these are not reachable there',
    ),
    ...note(
      policy.addresses.map((rule) => rule.network),
      'AWF has no rules for addresses, so these are not reachable there',
    ),
    ...(policy.mode === 'audit' ? ['AWF has no audit mode: with this file it blocks.'] : []),
  ]
}

function note(things: readonly string[], sentence: string): readonly string[] {
  return things.length === 0 ? [] : [`${sentence}: ${things.join(', ')}.`]
}

type Target = { readonly host: string; readonly basePath?: string }

/** Hosts for AWF's own sidecar. It calls https on port 443 whatever stands there. */
function deriveTargets(
  topology: Topology,
  { upstreams }: AwfOptions,
): { readonly known: Readonly<Record<string, Target>>; readonly notes: readonly string[] } {
  const known: Record<string, Target> = {}
  const notes: string[] = []
  for (const [id, upstream] of Object.entries(upstreams) as [ProviderId, Upstream][]) {
    const target = deriveTarget(id, upstream)
    if (target === 'default') continue
    if (target === 'unknown') notes.push(`AWF cannot be pointed at the upstream of ${PROVIDERS[id].label} in its file.`)
    else known[id] = target
  }
  // A tenant's Copilot host is AWF's own guess too, and was wrong for some tenants.
  if (upstreams.copilot === undefined && topology.kind !== 'dotcom') known.copilot = { host: topology.copilot.hostname }
  return { known, notes }
}

function deriveTarget(id: ProviderId, upstream: Upstream): Target | 'default' | 'unknown' {
  const row = PROVIDERS[id]
  if ('defaultUpstream' in row && renderUpstream(row.defaultUpstream) === renderUpstream(upstream)) return 'default'
  if (id === 'byok' || upstream.scheme !== 'https' || upstream.port !== 443) return 'unknown'
  if (id === 'copilot') return upstream.basePath === '' ? { host: upstream.hostname } : 'unknown'
  return { host: upstream.hostname, ...(upstream.basePath === '' ? {} : { basePath: upstream.basePath }) }
}

function unique<Text extends string>(texts: readonly Text[]): readonly Text[] {
  return [...new Set(texts)]
}
