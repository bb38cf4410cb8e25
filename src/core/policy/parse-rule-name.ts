import { type Hostname, isIpLiteral, isLoopback, isSubdomainOf, parseHostname } from '../hostname.ts'
import type { RuleName } from './parsed-rule.ts'
import { findPublicSuffix } from './public-suffix.ts'
import { createProblem, type RuleProblem } from './rule-problems.ts'

/** Names that the hosts files of usual systems give to this machine. */
const LOOPBACK_NAMES: ReadonlySet<string> = new Set(['localhost.localdomain', 'ip6-localhost', 'ip6-loopback'])

/** Reads the name of a rule, which may begin with `*.`; the trailing dot of a full name and upper case are folded. */
export function parseRuleName(text: string): RuleName | RuleProblem {
  if (/^[*.]*$/.test(text) && text.includes('*')) return createProblem('everything-open')
  const isWildcard = text.startsWith('*.')
  const bare = isWildcard ? text.slice(2) : text
  if (bare.includes('*')) return createProblem('star-inside')
  const ascii = convertName(bare)
  if (ascii === undefined) return createProblem('name')
  const name = parseHostname(ascii)
  if (name === undefined) return createProblem(isNumericName(ascii) ? 'numeric-name' : 'name')
  const problem = findNameProblem(name, isWildcard)
  return problem ?? { kind: isWildcard ? 'wildcard' : 'host', name, isConverted: ascii !== bare.toLowerCase() }
}

function findNameProblem(name: Hostname, isWildcard: boolean): RuleProblem | undefined {
  if (isIpLiteral(name)) return createProblem('address')
  const isLocal = isLoopback(name) || LOOPBACK_NAMES.has(name) || isSubdomainOf(name, 'localhost' as Hostname)
  if (isLocal) return createProblem('loopback')
  if (isWildcard) return undefined
  if (!name.includes('.')) return createProblem('bundle-extra')
  return findPublicSuffix(name) === 'registry' ? createProblem('registry-suffix') : undefined
}

/**
 * The name in ASCII. Other letters are converted once, as browsers do it, and so are checked labels that claim to be the
 * result of such a conversion: a second reading of them must not exist.
 */
function convertName(text: string): string | undefined {
  const isAscii = /^[\x21-\x7e]+$/.test(text)
  if (isAscii && !/(^|\.)xn--/i.test(text)) return text
  const url = `http://${text}/`
  if (!URL.canParse(url)) return undefined
  const { hostname } = new URL(url)
  if (!isAscii) return hostname
  return hostname === text.toLowerCase() ? text : undefined
}

// WHATWG URL and the C library read such names as IPv4 addresses; parseHostname refuses them without saying so.
function isNumericName(text: string): boolean {
  return /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i.test(text)
}
