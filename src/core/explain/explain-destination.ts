import { isLoopback, parseHostname } from '../hostname.ts'
import { BUNDLE_NAMES } from '../policy/bundles/table.ts'
import { decideDestination } from '../policy/decide.ts'
import { expandBundle } from '../policy/expand-bundle.ts'
import type { Destination, Policy, PolicyDecision, RuleScheme } from '../policy/policy.ts'
import { BLOCK_REASONS, renderBlockReason } from '../policy/reasons.ts'
import { listRules } from '../policy/render-rule.ts'
import { deriveSuggestions } from '../policy/suggestions.ts'
import { PROVIDER_IDS, type ProviderId } from '../providers/provider.ts'
import { PROVIDERS } from '../providers/table.ts'
import { REFUSALS } from '../refusals.ts'
import { decideRoute } from '../routing.ts'
import type { ProviderConfig } from '../sidecar-config.ts'
import { deriveUpstreamDomains } from '../topology/sidecar-domains.ts'
import type { Topology } from '../topology/topology.ts'

export interface WantedUrl extends Destination {
  /** With its query; `/` where there is none. */
  readonly path: string
}

const PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 }

/** Reads `https://host/path`, `tcp://host:22` or `host:port/path`; undefined when the text is no destination. */
export function parseWantedUrl(text: string): WantedUrl | undefined {
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  if (
    /\s/.test(text) ||
    (!hasScheme && !/^(\[[0-9a-f:]+\]|[\w-]+(\.[\w-]+)+|localhost)\.?(:\d+)?(\/.*)?$/i.test(text))
  ) {
    return undefined
  }
  const whole = hasScheme ? text : `https://${text}`
  if (!URL.canParse(whole)) return undefined
  const url = new URL(whole)
  const name = parseHostname(url.hostname)
  const port = url.port === '' ? PORTS[url.protocol] : Number(url.port)
  if (name === undefined || port === undefined) return undefined
  const scheme: RuleScheme = url.protocol === 'https:' ? 'https' : url.protocol === 'http:' ? 'http' : 'tcp'
  return { name, port, scheme, path: `${url.pathname === '' ? '/' : url.pathname}${url.search}` }
}

export interface DestinationFacts {
  readonly policy: Policy
  readonly topology: Topology
  readonly providers: readonly ProviderConfig[]
}

/** Says, line by line, which rule of the agent's list a destination meets, and whether the sidecar goes there. */
export function explainDestination(wanted: WantedUrl, facts: DestinationFacts): readonly string[] {
  if (isLoopback(wanted.name)) return explainLocal(wanted, facts)
  const decision = decideDestination(facts.policy, wanted)
  const served = findProviders(wanted, facts)
  return [
    ...(decision.verdict === 'allowed'
      ? explainAllowed(decision, facts.policy)
      : explainBlocked(decision, wanted, served)),
    ...served.flatMap((id) => explainServed(id, wanted, facts)),
  ]
}

function explainAllowed({ rule }: Extract<PolicyDecision, { verdict: 'allowed' }>, policy: Policy): readonly string[] {
  const listed = listRules(policy).find((row) => row.rule === rule)
  const why = listed === undefined ? '' : ` (${listed.origin}: ${listed.reason})`
  return [`The command: allowed by the rule ${rule}${why}.`]
}

function explainBlocked(
  { reason, rule }: Extract<PolicyDecision, { verdict: 'blocked' }>,
  { name, port, scheme }: WantedUrl,
  served: readonly ProviderId[],
): readonly string[] {
  const blocked = [`The command: blocked, ${reason}. ${renderBlockReason(reason, rule)}`]
  // A host of models is not meant for the agent's list: there its requests would be without a key.
  if (served.length > 0) return blocked
  const [suggestion] = deriveSuggestions([
    {
      ...{ kind: 'egress', time: '', verdict: 'blocked', protocol: scheme === 'https' ? 'tls' : scheme },
      ...{ host: name, port, address: null, reason, ...(rule === undefined ? {} : { rule }) },
      ...{ uid: null, pid: null, program: null, bytesOut: 0, bytesIn: 0, ms: 0 },
    },
  ])
  if (suggestion === undefined) return [...blocked, `  fix: ${BLOCK_REASONS[reason].fix}`]
  return [
    ...blocked,
    `  fix: add this line to ${suggestion.input}, if it is wanted: ${suggestion.line}`,
    ...findBundles({ name, port, scheme }).map((bundle) => `  or: the bundle ${bundle}, which has it among others`),
    ...suggestion.warnings.map((warning) => `  beware: ${warning}`),
  ]
}

/** Bundles that would allow it. */
function findBundles(wanted: Destination): readonly string[] {
  return BUNDLE_NAMES.filter((name) => {
    const policy: Policy = { mode: 'block', hosts: expandBundle(name), addresses: [], denied: [] }
    return decideDestination(policy, wanted).verdict === 'allowed'
  })
}

/** Providers whose requests the sidecar sends to this host; those not configured count with the host they would have. */
function findProviders({ name }: WantedUrl, { topology, providers }: DestinationFacts): readonly ProviderId[] {
  return PROVIDER_IDS.filter((id) => {
    const configured = providers.find((provider) => provider.id === id)
    if (configured !== undefined) return deriveUpstreamDomains(topology, [configured]).includes(name)
    const row = PROVIDERS[id]
    const upstream = id === 'copilot' ? topology.copilot : 'defaultUpstream' in row ? row.defaultUpstream : undefined
    return upstream?.hostname === name
  })
}

function explainServed(id: ProviderId, { path }: WantedUrl, { providers }: DestinationFacts): readonly string[] {
  const { label, keyInput } = PROVIDERS[id]
  const configured = providers.find((provider) => provider.id === id)
  if (configured === undefined)
    return [`The sidecar: this is the upstream of ${label}, which is not configured; ${keyInput} would do that.`]
  return [
    `The sidecar: sends the requests of ${label} there; a client uses the exported base URL, not this address.`,
    ...explainRoute(configured, path),
  ]
}

/** What the Copilot port lends its credential for depends on the method; one that passes with any is lent. */
function explainRoute(provider: ProviderConfig, target: string): readonly string[] {
  const routing = provider.routing === 'auto' ? 'inject' : provider.routing
  const routes = ['POST', 'GET'].map((method) => ({
    method,
    route: decideRoute({ provider, routing, method, target }),
  }))
  const lent = routes.filter(({ route }) => route.kind === 'forward').map(({ method }) => method)
  const [refused] = routes.flatMap(({ route }) => (route.kind === 'refuse' ? [route.code] : []))
  if (lent.length > 0 || refused === undefined) return [`  route: ${target} is forwarded (${lent.join(', ')}).`]
  return [`  route: ${target} is refused, ${refused}. ${REFUSALS[refused].sentence}`]
}

function explainLocal({ port, path }: WantedUrl, { providers }: DestinationFacts): readonly string[] {
  const free = 'The command: loopback is free, whatever the list says.'
  const id = PROVIDER_IDS.find((each) => PROVIDERS[each].preferredPort === port)
  if (id === undefined) return [free]
  const provider = providers.find((each) => each.id === id)
  const says = `The sidecar: ${port} is the usual port of ${PROVIDERS[id].label}${provider === undefined ? ', which is not configured' : ''}.`
  return [free, says, ...(provider === undefined ? [] : explainRoute(provider, path))]
}
