import { Secret } from '../secret.ts'
import type { CredentialValue } from './source.ts'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * Keys that sign travel as one Secret in a spelling of their own, so that everything that holds, compares, redacts and forgets
 * credentials works on one type.
 */
export function renderCredential(value: CredentialValue): Secret {
  if (value.kind === 'secret') return value.secret
  const { accessKeyId, secretAccessKey, sessionToken } = value
  return new Secret(JSON.stringify([accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal() ?? '']))
}

/** The keys of a Secret made by {@link renderCredential}; undefined for every other secret. */
export function parseAwsKeys(secret: string): AwsKeys | undefined {
  if (!secret.startsWith('["')) return undefined
  const [accessKeyId, secretAccessKey, sessionToken] = JSON.parse(secret) as [string, string, string]
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) }
}

const textsOf = new WeakMap<Secret, readonly string[]>()

/** Every text in a credential that must never be printed. Kept with the secret, because each request asks. */
export function listSecretTexts(secret: Secret): readonly string[] {
  let texts = textsOf.get(secret)
  if (texts === undefined) {
    texts = deriveTexts(secret.reveal())
    textsOf.set(secret, texts)
  }
  return texts
}

function deriveTexts(text: string): readonly string[] {
  const keys = parseAwsKeys(text)
  return keys === undefined ? [text] : [keys.secretAccessKey, keys.sessionToken ?? ''].filter((each) => each !== '')
}
