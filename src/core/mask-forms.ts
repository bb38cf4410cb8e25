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
  const fragments = [value, ...lines].flatMap((text) => [text, ...deriveEncodings(text)])
  return [...new Set([...whole, ...fragments.filter((text) => text.length >= MIN_FRAGMENT)])]
}

function deriveEncodings(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [encodeURIComponent(text), encodeURI(text), json, ...deriveBase64(text)]
}

/**
 * Base64 of the text at each of the three byte offsets it can have inside a longer text (`user:<secret>`), without the
 * characters that depend on its neighbours, in both alphabets.
 */
function deriveBase64(text: string): string[] {
  const forms: string[] = []
  for (const offset of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text, 'utf8')])
    const start = offset === 0 ? 0 : offset + 1
    const stable = bytes.toString('base64').slice(start, Math.floor((bytes.length * 8) / 6))
    forms.push(stable, stable.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}
