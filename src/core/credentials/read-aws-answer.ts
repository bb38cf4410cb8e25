import { parseJson, readPath } from '../probes/json.ts'
import { Secret } from '../secret.ts'
import type { CredentialValue } from './source.ts'

export interface AwsAnswer {
  readonly value: CredentialValue & { readonly kind: 'aws' }
  /** As it stands in the answer: ISO 8601 in XML, seconds since the epoch in JSON. */
  readonly expiration: unknown
}

const MEMBERS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] as const

/** An answer of STS is about 2 KiB. */
const LONGEST = 64 * 1024

/** Reads the keys out of an answer of AssumeRoleWithWebIdentity, in XML or JSON; undefined when it is anything else. */
export function readAwsAnswer(body: string): AwsAnswer | undefined {
  if (body.length > LONGEST) return undefined
  const members = /^[\s\ufeff]*</.test(body) ? readXml(body) : readJson(body)
  return members === undefined ? undefined : deriveAwsKeys(members)
}

/** The keys from their four members, as STS and the output of `credential_process` name them; undefined when one is unusable. */
export function deriveAwsKeys(members: Readonly<Record<string, unknown>>): AwsAnswer | undefined {
  const { AccessKeyId: id, SecretAccessKey: key, SessionToken: token } = members
  if (typeof id !== 'string' || !/^[A-Z0-9]{16,128}$/.test(id) || !isKey(key)) return undefined
  if (token !== undefined && token !== null && !isKey(token)) return undefined
  return {
    value: {
      kind: 'aws',
      accessKeyId: id,
      secretAccessKey: new Secret(key),
      ...(typeof token === 'string' ? { sessionToken: new Secret(token) } : {}),
    },
    expiration: members.Expiration,
  }
}

function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9+/=_-]{16,16384}$/.test(value)
}

function readJson(body: string): Readonly<Record<string, unknown>> | undefined {
  const path = ['AssumeRoleWithWebIdentityResponse', 'AssumeRoleWithWebIdentityResult', 'Credentials']
  const credentials = readPath(parseJson(body), ...path)
  if (typeof credentials !== 'object' || credentials === null) return undefined
  return Object.fromEntries(MEMBERS.map((name) => [name, readPath(credentials, name)]))
}

/**
 * No XML parser, so nothing that one could be talked into: a document with a declaration (entities), a comment or CDATA is
 * refused, as is one that holds the element or one of its members twice, and the members are text without any entity.
 */
function readXml(body: string): Readonly<Record<string, unknown>> | undefined {
  if (body.includes('<!')) return undefined
  const credentials = readElement(body, 'Credentials', '[^]{0,65536}?')
  if (credentials === undefined) return undefined
  const values = MEMBERS.map((name) => [name, readElement(credentials, name, '[^<>&]{1,16384}')] as const)
  return values.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(values)
}

function readElement(text: string, name: string, content: string): string | undefined {
  if (text.split(`<${name}>`).length !== 2 || text.split(`</${name}>`).length !== 2) return undefined
  return new RegExp(`<${name}>(${content})</${name}>`).exec(text)?.[1]?.trim()
}
