import { looksLikeRunToken } from '../run-token.ts'

const PREFIX = /^(sk-ant-(api\d\d-|oat\d\d-)?|sk-(proj-|svcacct-|or-v1-)?|gh[pousr]_|github_pat_|aiza)/

const WORDS: ReadonlySet<string> = new Set([
  ...['changeme', 'replaceme', 'fixme', 'todo', 'tbd', 'test', 'dummy', 'example', 'sample', 'secret', 'password'],
  ...[
    'apikey',
    'key',
    'token',
    'null',
    'undefined',
    'nil',
    'none',
    'na',
    'true',
    'false',
    'empty',
    'redacted',
    'hidden',
  ],
])

const PHRASE =
  /^(your|my|insert|enter|paste|add|the)(own|new|real)?(openai|anthropic|claude|gemini|google|github|copilot|azure|provider)?(api)?(key|token|secret|pat)?(goes)?(here)?$/

/**
 * Recognises texts that stand where a secret should stand: documentation samples, what other tools write in a key's place, and the run token
 * of this very action, which must never be sent upstream.
 * @returns a phrase that fits behind "found", or undefined.
 */
export function findPlaceholder(text: string): string | undefined {
  if (looksLikeRunToken(text)) return 'the token that setup-agent-proxy itself gives to agents, not a key'
  const lower = text.toLowerCase()
  if (/^<.*>$/.test(text) || lower.includes('placeholder') || lower.startsWith('dummy-')) return 'a placeholder'
  const rest = lower.replace(PREFIX, '')
  if (rest === '') return 'the beginning of a key without the rest'
  if (/^(.)\1{2,}$/.test(rest) || /^[.x_-]+$/.test(rest) || /\.{3}$|…/.test(rest)) return 'a placeholder'
  const letters = rest.replace(/[-_. ]/g, '')
  return WORDS.has(letters) || PHRASE.test(letters) ? 'a placeholder' : undefined
}
