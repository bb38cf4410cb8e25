import { deriveByteSpellings, deriveTextSpellings } from '../../src/core/secret-spellings.ts'

/** The spellings of a secret that stand in a text: what an agent could read there. */
export function findSpellings(text: string, secret: string): string[] {
  return [...deriveTextSpellings(secret), ...deriveByteSpellings(secret)].filter((spelled) => text.includes(spelled))
}
