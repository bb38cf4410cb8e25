/**
 * Every spelling in which a secret could lie about: as it is, in JSON, in a URL, in base64 and base64url at each of the three
 * offsets, in hex.
 */
export function deriveNeedles(
  name: string,
  secret: string,
): readonly { readonly name: string; readonly value: string }[] {
  const base64 = [0, 1, 2].map((offset) => [`base64+${offset}`, base64At(secret, offset)] as const)
  const base64url = base64.map(([name, text]) => [
    name.replace('base64', 'base64url'),
    text.replaceAll('+', '-').replaceAll('/', '_'),
  ])
  const spellings: Readonly<Record<string, string>> = {
    plain: secret,
    ...Object.fromEntries(base64),
    ...Object.fromEntries(base64url.filter(([, text]) => !base64.some(([, same]) => same === text))),
    json: JSON.stringify(secret).slice(1, -1),
    hex: Buffer.from(secret).toString('hex'),
    url: encodeURIComponent(secret),
    'utf-16': Buffer.from(secret, 'utf16le').toString('latin1'),
  }
  const entries = Object.entries(spellings).filter(([spelling, value]) => spelling === 'plain' || value !== secret)
  return entries.map(([spelling, value]) => ({ name: `${name} (${spelling})`, value }))
}

// What of the base64 text does not depend on the bytes before and after the secret.
function base64At(secret: string, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64')
  const start = offset === 0 ? 0 : offset + 1
  return text.slice(start, Math.floor((offset + secret.length) / 3) * 4)
}
