import { describeCharacter } from '../describe-text.ts'
import type { Fault } from '../fault.ts'
import { parseHostname } from '../hostname.ts'
import type { ParseContext } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'

const INPUT = 'upstream-proxy'
const NEEDED = 'a URL such as http://proxy.example.com:3128'

/** Reads `upstream-proxy`: http or https URL, user and password allowed. The URL may hold a password, so it is never repeated. */
export function parseProxyUrl(context: ParseContext): string | undefined {
  const text = context.given.get(INPUT)
  if (text === undefined) return undefined
  const found = findProblem(text)
  if (found === undefined) return text
  const fix =
    'Percent-encode special characters in user and password; leave the input out to use HTTPS_PROXY of the job.'
  context.faults.push(createInputFault(INPUT, { found, needed: NEEDED, fix }))
  return undefined
}

export type ProxyVariable =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'fault'; readonly fault: Fault }

/**
 * Reads the value of a proxy variable of the job by the rule of `upstream-proxy`; only `host:port` is accepted too, which curl takes as
 * http. What is left unread here would fail, or go another way than meant, in a process that can no longer name the variable. The value
 * may hold a password, so a fault tells its shape only.
 */
export function parseProxyVariable(name: string, text: string): ProxyVariable {
  const url = !text.includes('://') && /:\d+\/?$/.test(text) ? `http://${text}` : text
  const found = findProblem(url)
  if (found === undefined) return { kind: 'url', url }
  return {
    kind: 'fault',
    fault: {
      code: 'input-invalid',
      title: `${name} is not usable`,
      message: `Cannot use the variable ${name} as a proxy: found ${found}; needed is ${NEEDED}.`,
      fix: `Correct ${name} for this step, or give ${INPUT}, which replaces the proxy variables.`,
    },
  }
}

function findProblem(text: string): string | undefined {
  const characters = [...text]
  const index = characters.findIndex((character) => !/^[\x21-\x7e]$/.test(character))
  if (index >= 0) return `${describeCharacter(characters[index] ?? '')} at character ${index + 1}`
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#\\]*)(.*)$/i.exec(text)
  if (match === null) return 'a text without a scheme'
  const [, scheme = '', authority = '', rest = ''] = match
  if (!/^https?$/i.test(scheme))
    return /^socks/i.test(scheme) ? 'a SOCKS proxy, which is not supported' : 'another scheme'
  if (rest !== '' && rest !== '/') return 'a path, query or fragment behind the host'
  return findAuthorityProblem(text, authority)
}

// One @ at most: with two, programs disagree where the password ends and the host begins.
function findAuthorityProblem(text: string, authority: string): string | undefined {
  if (authority.split('@').length > 2) return 'more than one @ before the host'
  const [, host = '', port = ''] = /^(.*?)(?::(\d*))?$/.exec(authority.split('@').at(-1) ?? '') ?? []
  const parsed = parseHostname(host)
  if (parsed === undefined) return 'a host that cannot be read'
  if (port !== '' && (Number(port) < 1 || Number(port) > 65_535)) return 'a port that does not exist'
  return URL.canParse(text) && !/%(?![0-9a-f]{2})/i.test(authority) ? undefined : 'a text that is not a URL'
}
