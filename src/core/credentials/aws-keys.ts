import { Secret } from '../secret.ts'
import type { CredentialValue } from './source.ts'

export interface AwsKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

const keysOf = new WeakMap<Secret, Extract<CredentialValue, { readonly kind: 'aws' }>>()

/**
 * Keys that sign travel as one Secret in a spelling of their own, so that everything that holds, compares, redacts and forgets
 * credentials works on one type.
 */
export function renderCredential(value: CredentialValue): Secret {
  if (value.kind === 'secret') return value.secret
  const { accessKeyId, secretAccessKey, sessionToken } = value
  const secret = new Secret(JSON.stringify([accessKeyId, secretAccessKey.reveal(), sessionToken?.reveal() ?? '']))
  keysOf.set(secret, value)
  return secret
}

/**
 * The keys of a Secret made by {@link renderCredential}; undefined for every other secret. Known by the secret itself and never
 * read from its text: that is foreign, and a token spelled like keys would be sent nowhere.
 */
export function findAwsKeys(secret: Secret | null): AwsKeys | undefined {
  const value = secret === null ? undefined : keysOf.get(secret)
  if (value === undefined) return undefined
  const { accessKeyId, secretAccessKey, sessionToken } = value
  const keys = { accessKeyId, secretAccessKey: secretAccessKey.reveal() }
  return sessionToken === undefined ? keys : { ...keys, sessionToken: sessionToken.reveal() }
}

const textsOf = new WeakMap<Secret, readonly string[]>()

/** Every text in a credential that must never be printed. Kept with the secret, because each request asks. */
export function listSecretTexts(secret: Secret): readonly string[] {
  let texts = textsOf.get(secret)
  if (texts === undefined) {
    texts = deriveTexts(secret)
    textsOf.set(secret, texts)
  }
  return texts
}

function deriveTexts(secret: Secret): readonly string[] {
  const keys = findAwsKeys(secret)
  return keys === undefined
    ? [secret.reveal()]
    : [keys.secretAccessKey, keys.sessionToken ?? ''].filter((each) => each !== '')
}
