import { describeCharacter } from '../describe-text.ts'
import { findPlaceholder } from './placeholders.ts'

/** What is wrong with a secret's text, in words that hold nothing of the secret. */
export interface ShapeProblem {
  /** Fits behind "found". */
  readonly found: string
  readonly fix: string
}

interface ShapeRule {
  readonly find: (text: string) => string | undefined
  readonly fix: string
}

/** Longer values cannot be sent as a header: servers stop at 8 to 16 KiB. */
const MAX_LENGTH = 8192

const STORE_AGAIN =
  'Store the secret again as the bare value (printf %s instead of echo, no editor’s line break, no quotes).'
const FROM_SOURCE = 'Copy the value from where it was issued and store it as the secret.'

const when = (pattern: RegExp, found: string) => (text: string) => (pattern.test(text) ? found : undefined)

/** In the order in which they are tried: the most telling one first, so that one mistake gives one sentence. */
const RULES: readonly ShapeRule[] = [
  { find: when(/^\s+$/, 'nothing but white space'), fix: FROM_SOURCE },
  { find: (text) => (text.length > MAX_LENGTH ? `a text of ${text.length} characters` : undefined), fix: FROM_SOURCE },
  { find: when(/\*\*\*/, 'asterisks, as a log shows them in place of a secret'), fix: FROM_SOURCE },
  {
    find: when(/\$\{\{|\}\}/, 'an expression that was not evaluated'),
    fix: 'Expressions are evaluated in `with:` of a workflow step only, and need spaces or nothing inside the braces.',
  },
  {
    find: when(/^\$[({]?\w+[)}]?$|^%\w+%$|^(secrets|env|vars)\.\w+$/, 'the name of a variable instead of its value'),
    fix: 'Write it as an expression, for example ${' + '{ secrets.NAME }}.',
  },
  { find: when(/-----BEGIN /, 'a PEM block'), fix: 'Give an API key or token; private keys do not belong here.' },
  { find: when(/^\s*[{[][\s\S]*[}\]]\s*$/, 'a JSON document'), fix: 'Give the API key or token alone.' },
  {
    find: when(/^\s*(bearer|basic|token)\s/i, 'an authorization scheme before the value'),
    fix: 'Remove the word and the space; the scheme is added when the request is made.',
  },
  {
    find: when(/^\s*[A-Za-z][A-Za-z-]+:\s/, 'a header name before the value'),
    fix: 'Remove everything up to the value itself.',
  },
  {
    find: when(/^(export\s+)?[A-Z][A-Z0-9]*_[A-Z0-9_]*=[^=]/, 'an assignment to a variable'),
    fix: 'Remove the name and the equals sign.',
  },
  { find: when(/^["'`“”‘’]|["'`“”‘’]$/, 'quotation marks around the value'), fix: STORE_AGAIN },
  { find: findOddCharacter, fix: STORE_AGAIN },
  { find: findPlaceholder, fix: FROM_SOURCE },
]

/** First thing that keeps a text from being any provider's credential; undefined when its shape is plausible. */
export function findShapeProblem(text: string): ShapeProblem | undefined {
  for (const rule of RULES) {
    const found = rule.find(text)
    if (found !== undefined) return { found, fix: rule.fix }
  }
  return undefined
}

/** First character that cannot stand in a token, with its position; never the text around it. */
function findOddCharacter(text: string): string | undefined {
  const characters = [...text]
  const index = characters.findIndex((character) => !/^[\x21-\x7e]$/.test(character))
  if (index < 0) return undefined
  return `${describeCharacter(characters[index] ?? '')} at character ${index + 1} of ${characters.length}`
}
