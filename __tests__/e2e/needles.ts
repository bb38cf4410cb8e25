/** Every spelling in which a secret could lie about: as it is, in base64 at each of the three offsets, in a URL, in hex. */
export function deriveNeedles(
  name: string,
  secret: string,
): readonly { readonly name: string; readonly value: string }[] {
  const spellings: Readonly<Record<string, string>> = {
    plain: secret,
    'base64+0': base64At(secret, 0),
    'base64+1': base64At(secret, 1),
    'base64+2': base64At(secret, 2),
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
