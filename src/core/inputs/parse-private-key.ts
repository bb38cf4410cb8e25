import type { ParseContext } from './given-inputs.ts'

const WHOLE = /^-----BEGIN (RSA )?PRIVATE KEY-----\n([A-Za-z0-9+/=]{1,128}\n)+-----END (RSA )?PRIVATE KEY-----$/

/** What is wrong with a private key, fits behind "found"; tried in this order. */
const PROBLEMS: readonly (readonly [pattern: RegExp, found: string])[] = [
  [/^\s*$/, 'nothing but white space'],
  [/\*\*\*/, 'asterisks, as a log shows them in place of a secret'],
  [/\$\{\{|\}\}/, 'an expression that was not evaluated'],
  [/-----BEGIN ENCRYPTED |Proc-Type:/, 'a key that is locked with a passphrase'],
  [/-----BEGIN OPENSSH /, 'an OpenSSH key'],
  [/-----BEGIN EC /, 'an elliptic-curve key, which GitHub does not take'],
  [/-----BEGIN (RSA )?PUBLIC KEY|-----BEGIN CERTIFICATE/, 'a public key or certificate'],
  [/^(?![\s\S]*-----BEGIN )/, 'a text without -----BEGIN RSA PRIVATE KEY-----'],
  [/^(?![\s\S]*-----END )/, 'PEM text that is cut off'],
  [/-----BEGIN [\s\S]*-----BEGIN /, 'more than one PEM block'],
  [/^[^\n]*$/, 'PEM text without its line breaks'],
]

export type PrivateKeyReading =
  | { readonly kind: 'key'; readonly pem: string }
  | { readonly kind: 'problem'; readonly found: string }

/**
 * Reads the PEM text of an RSA key (PKCS #1, as GitHub hands it out, or PKCS #8). Line breaks written as `\n`, which is how a
 * one-line secret store keeps such a key, are accepted and told; Windows line breaks are the same text.
 */
export function readPrivateKey(text: string, notices: ParseContext['notices']): PrivateKeyReading {
  const isEscaped = !text.includes('\n') && text.includes('\\n')
  const lines = (isEscaped ? text.replaceAll('\\n', '\n') : text).replaceAll('\r\n', '\n').trim()
  if (WHOLE.test(lines)) {
    if (isEscaped) notices.push('github-app-private-key has \\n in place of line breaks; they are read as line breaks.')
    return { kind: 'key', pem: `${lines}\n` }
  }
  const found = PROBLEMS.find(([pattern]) => pattern.test(lines))?.[1] ?? 'PEM text with characters that no key has'
  return { kind: 'problem', found }
}
