import { type Hostname, parseHostname } from '../hostname.ts'
import { RESULT_HOST } from './runner-services.ts'

const MOST_NAMES = 4000
const LONGEST = 4_194_304

/**
 * Reads the storage accounts for results out of the answer of GET /meta (`domains.actions`, `domains.actions_inbound.full_domains`): exact names that
 * are spelled as GitHub's accounts are. Everything else is passed over: other hosts of Actions are covered by the wildcard over its zone,
 * and nothing else in an answer may open a host.
 * @returns each once and in order; none when the answer is no such document.
 */
export function parseMeta(text: string): readonly Hostname[] {
  if (text.length > LONGEST) return []
  const domains = readMember(parseJson(text), 'domains')
  const inbound = readMember(domains, 'actions_inbound')
  const names = [...readTexts(readMember(domains, 'actions')), ...readTexts(readMember(inbound, 'full_domains'))]
  return names.length > MOST_NAMES ? [] : [...new Set(names.flatMap(readAccount))].sort()
}

function readAccount(text: string): readonly Hostname[] {
  const name = parseHostname(text)
  return name !== undefined && RESULT_HOST.test(name) ? [name] : []
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
