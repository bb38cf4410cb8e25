import { deriveByteSpellings, deriveTextSpellings } from './secret-spellings.ts'

/**
 * Every spelling of a secret that could reach a log: the runner masks only the exact texts it was told. Rule: demand table,
 * "mask it, in every encoding, every line".
 */

/** Fragments shorter than this would blank ordinary words in the log; the whole secret is masked however short it is. */
const MIN_FRAGMENT = 6

/**
 * Lists the texts to register as masks for one secret value, the value itself first, without repetition.
 * @param value the real text, not empty.
 */
export function deriveMaskForms(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim())
  const whole = [value, value.trim()].filter((text) => text !== '')
  const fragments = [value, ...lines].flatMap((text) => [...deriveTextSpellings(text), ...deriveByteSpellings(text)])
  return [...new Set([...whole, ...fragments.filter((text) => text.length >= MIN_FRAGMENT)])]
}
