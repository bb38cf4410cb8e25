import type { GithubTokenKind } from '../credentials/github-token-kind.ts'
import { type Hostname, isSubdomainOf, parseHostname } from '../hostname.ts'
import { PROVIDERS } from '../providers/table.ts'
import type { ProviderConfig, Verdict } from '../sidecar-config.ts'
import type { Topology } from '../topology/topology.ts'
import { renderAuthority } from '../upstream.ts'
import { type CauseFacts, renderTemplate } from './cause.ts'
import type { CauseCode } from './cause-table.ts'
import { DEFAULT_INTEGRATION_ID, deriveProbeKind } from './derive-probe.ts'
import { deriveExcerpt } from './excerpt.ts'
import { findCause } from './find-cause.ts'
import type { ProbeAnswer, ProbeKind } from './probe.ts'
import { readListing } from './read-listing.ts'

export interface ProbeContext {
  /** With the upstream that was really asked. */
  readonly provider: ProviderConfig
  /** Kind of the GitHub token; Copilot only. */
  readonly tokenKind?: GithubTokenKind
  readonly topology: Topology
}

export interface ProbeReading {
  readonly verdict: Exclude<Verdict, 'unchecked'>
  readonly cause: CauseCode
  /** One sentence: what happened at which host. */
  readonly message: string
  /** One sentence: what to do; empty when valid. */
  readonly fix: string
  /** Ids of the listing; empty when there was none. */
  readonly models: readonly string[]
}

/**
 * What the answer to a probe means. Status and text decide together: a 400 is never valid by itself, what is not known is
 * inconclusive, and only a real listing counts as proof. A gateway that lists its models to everybody proves nothing about its
 * key: one question cannot tell that, so the sentence for gateways says what was seen and no more.
 */
export function readProbe(context: ProbeContext, answer: ProbeAnswer): ProbeReading {
  return readAnswer(context, answer, deriveProbeKind(context.provider))
}

/** The same for a given kind of endpoint; the token exchange is read through this. */
export function readAnswer(context: ProbeContext, answer: ProbeAnswer, kind: ProbeKind): ProbeReading {
  const { provider, topology } = context
  const row = findCause({
    kind,
    answer,
    tokenKind: context.tokenKind,
    isForeignHost: isForeignCopilotHost(provider.upstream.hostname, topology),
    isExplicit: provider.upstreamIsExplicit,
    isKeyless: provider.credential.kind === 'none',
    hasIntegrationId: (provider.integrationId ?? DEFAULT_INTEGRATION_ID) !== DEFAULT_INTEGRATION_ID,
  })
  const facts = deriveFacts(context, answer, kind)
  return {
    verdict: row.verdict,
    cause: row.code,
    message: renderTemplate(row.message, facts),
    fix: renderTemplate(row.fix, facts),
    models: row.code === 'ok' && answer.kind === 'answer' ? (readListing(answer.body) ?? []) : [],
  }
}

/** True for a host that may be Copilot's API in this topology: its own suffixes or a name under them. */
export function isCopilotHost(hostname: Hostname, topology: Topology): boolean {
  return topology.copilotSuffixes.some((suffix) => hostname === suffix || isSubdomainOf(hostname, suffix))
}

// A gateway of the user's own is no other tenant; only GitHub's own names can be.
const GITHUB_ZONES = ['githubcopilot.com', 'ghe.com', 'github.com'].map((name) => name as Hostname)

function isForeignCopilotHost(hostname: Hostname, topology: Topology): boolean {
  return !isCopilotHost(hostname, topology) && GITHUB_ZONES.some((zone) => isSubdomainOf(hostname, zone))
}

function deriveFacts({ provider, topology }: ProbeContext, answer: ProbeAnswer, kind: ProbeKind): CauseFacts {
  const row = PROVIDERS[provider.id]
  return {
    label: row.label,
    host: renderAuthority(provider.upstream),
    status: answer.kind === 'answer' ? String(answer.status) : 'no status',
    input: row.keyInput,
    urlInput: kind === 'exchange' ? 'github-api-url' : row.baseUrlInput,
    issuer: topology.copilotGhHost ?? topology.web,
    web: topology.web,
    copilotHost: renderAuthority(topology.copilot),
    integrationId: deriveExcerpt(provider.integrationId ?? DEFAULT_INTEGRATION_ID),
    code: answer.kind === 'failure' ? cleanCode(answer.code) : 'no code',
    location: deriveLocation(answer, provider),
    excerpt: answer.kind === 'answer' ? deriveExcerpt(answer.body) : 'no text',
  }
}

function cleanCode(code: string): string {
  return /^[A-Za-z0-9_ -]{1,60}$/.test(code) ? code : 'no code'
}

// Only the host of a Location is shown: its path and query may carry session tokens.
function deriveLocation(answer: ProbeAnswer, provider: ProviderConfig): string {
  const header = answer.kind === 'answer' ? answer.headers.location : undefined
  if (header === undefined) return 'nowhere'
  const base = `${provider.upstream.scheme}://${renderAuthority(provider.upstream)}`
  if (!URL.canParse(header, base)) return 'an address that is no URL'
  return parseHostname(new URL(header, base).hostname) ?? 'an address that is no URL'
}
