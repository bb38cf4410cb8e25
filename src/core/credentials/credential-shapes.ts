import { readPath } from '../probes/json.ts'
import type { ExpiryClaims } from './read-expiry.ts'

/** A JSON document that a tool prints in place of a bare token. */
export interface CredentialShape {
  /** As users know it, with article. */
  readonly name: string
  readonly matches: (json: object) => boolean
  /** Path of the token. Absent for keys that sign requests. */
  readonly token?: readonly string[]
  readonly claims: (json: object) => ExpiryClaims
}

const has = (json: object, ...names: readonly string[]): boolean => names.every((name) => Object.hasOwn(json, name))
const instants =
  (...paths: readonly (readonly string[])[]) =>
  (json: object): ExpiryClaims => ({ instants: paths.map((path) => readPath(json, ...path)) })

/**
 * The shapes that are read, in the order in which they are tried: those that name themselves first. Rule: what the tools of
 * each kind document as their output.
 */
export const CREDENTIAL_SHAPES: readonly CredentialShape[] = [
  {
    name: 'a Kubernetes ExecCredential',
    matches: (json) => readPath(json, 'kind') === 'ExecCredential',
    token: ['status', 'token'],
    claims: instants(['status', 'expirationTimestamp']),
  },
  {
    name: 'the keys of an AWS credential process',
    matches: (json) => has(json, 'AccessKeyId'),
    claims: instants(['Expiration']),
  },
  {
    name: 'an answer of a Google executable source',
    matches: (json) => has(json, 'version', 'success'),
    token: ['id_token'],
    claims: instants(['expiration_time']),
  },
  {
    name: 'an OAuth answer',
    matches: (json) => has(json, 'access_token'),
    token: ['access_token'],
    claims: (json) => ({
      lifetime: readPath(json, 'expires_in'),
      instants: [readPath(json, 'expires_at'), readPath(json, 'expires_on')],
    }),
  },
  {
    // `expiresOn` of az is local time without a zone, so it is no point in time.
    name: 'an answer of az account get-access-token',
    matches: (json) => has(json, 'accessToken'),
    token: ['accessToken'],
    claims: instants(['expires_on'], ['expireTime']),
  },
  {
    name: 'an answer of gcloud config config-helper',
    matches: (json) => typeof readPath(json, 'credential') === 'object',
    token: ['credential', 'access_token'],
    claims: instants(['credential', 'token_expiry']),
  },
  {
    name: 'a token with its expiry',
    matches: (json) => has(json, 'token'),
    token: ['token'],
    claims: instants(['expiresOnTimestamp'], ['expires_at']),
  },
  {
    name: 'an answer of a Docker credential helper',
    matches: (json) => has(json, 'ServerURL', 'Secret'),
    token: ['Secret'],
    claims: instants(),
  },
]

/** What a git credential helper prints: lines of key=value with a password among them. */
export interface GitAnswer {
  readonly password: string
  readonly expiry: string | undefined
}

/** Undefined when the text is anything else; unknown keys are ignored, as git does. The first value of a key counts. */
export function parseGitAnswer(text: string): GitAnswer | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '')
  if (!lines.every((line) => /^[a-z_]+(\[\])?=/.test(line))) return undefined
  const read = (key: string): string | undefined =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1)
  const password = read('password')
  return password === undefined ? undefined : { password, expiry: read('password_expiry_utc') }
}
