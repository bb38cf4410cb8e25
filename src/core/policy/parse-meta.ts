import { type Hostname, isIpLiteral, isSubdomainOf, parseHostname } from '../hostname.ts'
import { TENANT_ZONE } from '../topology/github-zones.ts'
import { ACTIONS_ZONE, RESULT_HOST } from './runner-services.ts'

/** What GET /meta says about the hosts of Actions. */
export type MetaResult =
  | {
      readonly kind: 'ok'
      /** Storage accounts for results, exact names. Other hosts of Actions are covered by the wildcard over its zone. */
      readonly results: readonly Hostname[]
      /** How many names were left out because they are not GitHub's: the answer has changed, or is not GitHub's. */
      readonly refused: number
    }
  | { readonly kind: 'unusable'; readonly reason: string }

/** Domains of GitHub's own: a name in one of them that is not needed is passed over, any other is counted as refused. */
const OWN_ZONES = ['github.com', 'githubusercontent.com', 'githubapp.com', 'githubassets.com', 'ghcr.io'] as const
const OWN_HOSTS: ReadonlySet<string> = new Set(['github-cloud.s3.amazonaws.com'])

const MOST_NAMES = 4000
const LONGEST = 4_194_304

/**
 * Reads the answer of GET /meta (`domains.actions`, `domains.actions_inbound`). Members that are not known are passed over; names
 * outside of GitHub's own zones, wildcards outside of the zone of Actions, and storage accounts that are not called like GitHub's are
 * refused.
 */
export function parseMeta(text: string): MetaResult {
  if (text.length > LONGEST) return { kind: 'unusable', reason: 'the answer is too long' }
  const domains = readMember(parseJson(text), 'domains')
  if (domains === undefined) return { kind: 'unusable', reason: 'the answer has no member domains' }
  const inbound = readMember(domains, 'actions_inbound')
  const names = [
    ...readTexts(readMember(domains, 'actions')),
    ...readTexts(readMember(inbound, 'full_domains')),
    ...readTexts(readMember(inbound, 'wildcard_domains')),
  ]
  if (names.length === 0) return { kind: 'unusable', reason: 'the answer names no hosts of Actions' }
  if (names.length > MOST_NAMES) return { kind: 'unusable', reason: 'the answer names too many hosts' }
  return sortNames(new Set(names))
}

function sortNames(names: ReadonlySet<string>): MetaResult {
  const results: Hostname[] = []
  let refused = 0
  for (const text of names) {
    const name = parseHostname(text.replace(/^\*\./, ''))
    const isWildcard = text.startsWith('*.')
    if (name === undefined || isIpLiteral(name) || !isOwn(name, isWildcard)) refused++
    else if (RESULT_HOST.test(name)) results.push(name)
  }
  return { kind: 'ok', results: results.sort(), refused }
}

function isOwn(name: Hostname, isWildcard: boolean): boolean {
  if (isWildcard ? name === ACTIONS_ZONE : RESULT_HOST.test(name)) return true
  if (OWN_HOSTS.has(name)) return !isWildcard
  return isBelow(name, TENANT_ZONE) || OWN_ZONES.some((zone) => name === zone || isBelow(name, zone))
}

function isBelow(name: Hostname, zone: string): boolean {
  return isSubdomainOf(name, zone as Hostname)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function readMember(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Readonly<Record<string, unknown>>)[name] ?? undefined
}

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : []
}
