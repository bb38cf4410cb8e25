import type { RequestEvent } from '../events.ts'
import type { FirewallLevel } from '../firewall-level.ts'
import type { ProviderId } from '../providers/provider.ts'
import type { EgressDigest } from '../report/egress-digest.ts'
import type { TrafficReport } from '../report.ts'
import type { ProviderCheck } from '../sidecar-config.ts'
import { renderAuthority } from '../upstream.ts'
import { cleanText } from './clean-text.ts'

/**
 * Room: status. Turns what the worker knows at this moment into the status page: its text, its tables, its style and its script.
 * Never knows: the clock, sockets, files, secrets. Called by: the management port.
 */
export interface StatusFacts {
  /** ISO 8601, UTC: when this was looked up. */
  readonly time: string
  readonly version: string
  readonly runId: string
  readonly checks: readonly ProviderCheck[]
  readonly ports: Readonly<Partial<Record<ProviderId, number>>>
  readonly report: TrafficReport
  /** Newest first. */
  readonly requests: readonly RequestEvent[]
  readonly firewall: FirewallStatus | null
  /** Removes secrets from foreign text: a client may have put one into a path. */
  readonly redact: (text: string) => string
}

export interface FirewallStatus {
  readonly level: FirewallLevel
  readonly mode: 'block' | 'audit'
  /** null when its log could not be read, or has not been yet. */
  readonly digest: EgressDigest | null
}

/** The answer to `/status.json`: the same facts for programs. */
export function deriveStatus(facts: StatusFacts): unknown {
  const { time, version, runId, report, firewall, redact } = facts
  const clean = (text: string): string => cleanText(redact(text))
  return {
    ...{ time, version, runId },
    providers: facts.checks.map((check) => ({
      provider: check.provider,
      host: renderAuthority(check.upstream),
      port: facts.ports[check.provider] ?? null,
      routing: check.routing,
      verdict: check.verdict,
      cause: check.cause,
    })),
    report,
    requests: facts.requests.map((event) => ({
      ...event,
      method: clean(event.method),
      path: clean(event.path),
      ...(event.model === undefined ? {} : { model: clean(event.model) }),
    })),
    firewall: firewall === null ? null : { ...firewall, digest: cleanDigest(firewall.digest, clean) },
  }
}

/** A name that was wanted may be a message: what is sent out by asking for names stands in the name. */
function cleanDigest(digest: EgressDigest | null, clean: (text: string) => string): EgressDigest | null {
  if (digest === null) return null
  const cleanOr = (text: string | null): string | null => (text === null ? null : clean(text))
  return {
    ...digest,
    blocked: digest.blocked.map((group) => ({
      ...group,
      host: cleanOr(group.host),
      address: cleanOr(group.address),
      program: cleanOr(group.program),
    })),
  }
}
