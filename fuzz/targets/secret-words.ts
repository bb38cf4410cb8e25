import { deriveByteSpellings, deriveTextSpellings } from '../../src/core/secret-spellings.ts'
import type { Dice } from '../engine/dice.ts'

/** Secrets of the shapes that are lent, with characters that encoders change. */
export const SECRETS: readonly string[] = [
  'sk-proj-T0k/en+0123456789',
  'ghs_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789',
  'pass word"with\\<marks>&\'`!~=42',
  'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJlLTE',
  'aaaaaaaaab',
]

/** Every spelling of every secret, worked out once: they are looked for after each input. */
const SPELLINGS_OF = new Map(
  SECRETS.map((secret) => [secret, [...new Set([...deriveTextSpellings(secret), ...deriveByteSpellings(secret)])]]),
)

export const ALL_SPELLINGS: readonly string[] = [...SPELLINGS_OF.values()].flat()

export function listSpellings(secrets: readonly string[]): readonly string[] {
  return secrets.flatMap((secret) => SPELLINGS_OF.get(secret) ?? [])
}

/** The first spelling of one of the secrets that stands in a text. */
export function findAnySpelling(text: string, secrets: readonly string[] = SECRETS): string | undefined {
  return listSpellings(secrets).find((spelled) => text.includes(spelled))
}

/** A text with spellings of secrets in it: whole, nearly whole, and cut. */
export function generateEcho(dice: Dice): Buffer {
  let text = ''
  for (let count = 1 + dice.below(6); count > 0; count -= 1) {
    const spelled = dice.pick(ALL_SPELLINGS)
    const kind = dice.below(4)
    if (kind === 0) text += spelled.slice(0, dice.below(spelled.length))
    else if (kind === 1) text += spelled.slice(dice.below(spelled.length))
    else text += spelled
    text += dice.pick(['', '', ' ', '\n', '","', 'a', 'sk-', 'x'.repeat(dice.below(300))])
  }
  return Buffer.from(text)
}
