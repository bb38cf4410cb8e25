import type { EgressEvent } from '../egress-event.ts'
import { renderLogText } from '../log-text.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'
import type { EgressReport } from '../report/egress-report.ts'

export interface FirewallAnnotation {
  readonly title: string
  readonly message: string
}

/** GitHub shows ten of a step; more would push out what others have to say. */
const MOST_ANNOTATIONS = 10
/** A step's output may be read into a variable of a shell. */
const MOST_HOSTS = 100
const LONGEST_HOST = 253

/** Warnings about what was blocked, one for each host, the most frequent first. Safe to print: no text of theirs is a command. */
export function deriveFirewallAnnotations(report: EgressReport): readonly FirewallAnnotation[] {
  const hosts = groupByHost(report.blocked)
  const shown = hosts.slice(0, hosts.length > MOST_ANNOTATIONS ? MOST_ANNOTATIONS - 1 : MOST_ANNOTATIONS)
  const more = hosts.length - shown.length
  const areAudit = hosts.slice(shown.length).every(([, groups]) => isAudit(groups))
  return [
    ...shown.map(([host, groups]) => renderAnnotation(host, groups)),
    ...(more === 0
      ? []
      : [
          {
            title: `${more} more hosts ${areAudit ? 'would be' : 'were'} blocked`,
            message: 'The job summary and the log of the firewall list them.',
          },
        ]),
  ]
}

function renderAnnotation(host: string, groups: readonly EgressEvent[]): FirewallAnnotation {
  const times = groups.reduce((sum, group) => sum + (group.count ?? 1), 0)
  const reasons = unique(
    groups.map((group) => (group.reason === undefined ? '' : BLOCK_REASONS[group.reason].sentence)),
  )
  const programs = unique(groups.map((group) => group.program ?? '')).slice(0, 3)
  const ports = unique(groups.map((group) => (group.port === null ? '' : String(group.port)))).slice(0, 5)
  const facts = [
    ...reasons.slice(0, 2),
    `${times === 1 ? 'Once' : `${times} times`}${ports.length === 0 ? '' : `, port ${ports.join(', ')}`}.`,
    ...(programs.length === 0 ? [] : [`By ${programs.map(clean).join(', ')}.`]),
  ]
  const verb = isAudit(groups) ? 'would be blocked' : 'was blocked'
  return { title: `${host} ${verb}`, message: renderLogText(facts.join(' ')) }
}

function isAudit(groups: readonly EgressEvent[]): boolean {
  return groups.every((group) => group.verdict === 'would-block')
}

export interface BlockedOutputs {
  /** Attempts that were blocked, or in audit mode would be. */
  readonly 'blocked-count': string
  /** Their hosts and addresses, comma-separated, most frequent first, at most 100. */
  readonly 'blocked-hosts': string
}

/**
 * The outputs about what was blocked.
 * @param runnerUid where given, what other known users of the machine sent (its own time service, for instance) does not count.
 */
export function deriveBlockedOutputs(report: EgressReport, runnerUid?: number): BlockedOutputs {
  const isCounted = ({ uid }: EgressEvent): boolean => runnerUid === undefined || uid === null || uid === runnerUid
  const blocked = report.blocked.filter(isCounted)
  const listed = blocked.reduce((sum, group) => sum + (group.count ?? 1), 0)
  // Where the list is not complete only the totals are.
  const total = report.isTruncated ? report.totals.blocked + report.totals['would-block'] : listed
  const hosts = groupByHost(blocked).map(([host]) => host)
  return { 'blocked-count': String(total), 'blocked-hosts': hosts.slice(0, MOST_HOSTS).join(',') }
}

function groupByHost(groups: readonly EgressEvent[]): readonly (readonly [string, readonly EgressEvent[]])[] {
  return [...Map.groupBy(groups, ({ host, address }) => cleanHost(host ?? address ?? ''))].filter(
    ([host]) => host !== '',
  )
}

/** Names are what an attacker sent: a comma would be another host of the list, a line break another output. */
function cleanHost(host: string): string {
  return host.replace(/[^A-Za-z0-9._:-]+/g, '_').slice(0, LONGEST_HOST)
}

function clean(text: string): string {
  return renderLogText(text).slice(0, 200)
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].filter((text) => text !== '')
}
