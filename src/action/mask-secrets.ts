import { deriveMaskForms } from '../core/mask-forms.ts'
import type { Runner } from './runner.ts'

/** Registers every spelling of every text as a mask; to be called before anything else is printed or saved. */
export function maskSecrets(runner: Runner, texts: Iterable<string>): void {
  for (const text of texts) {
    for (const form of deriveMaskForms(text)) runner.mask(form)
    for (const form of findUrlPassword(text)) runner.mask(form)
  }
}

/** The password of a proxy URL is a secret of its own: it appears without the URL in headers and messages. */
function findUrlPassword(text: string): string[] {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) return []
  const { username, password } = new URL(text)
  if (password === '') return []
  const plain = decode(password)
  return [password, ...deriveMaskForms(plain), ...deriveMaskForms(`${decode(username)}:${plain}`)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
