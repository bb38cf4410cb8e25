import { deriveExcerpt } from '../probes/excerpt.ts'
import { parseJson, readPath } from '../probes/json.ts'
import type { Redactor } from '../redact.ts'
import { Secret } from '../secret.ts'
import { OUTPUT_CAUSES } from './causes/output-causes.ts'
import { CREDENTIAL_SHAPES, type CredentialShape, parseGitAnswer } from './credential-shapes.ts'
import { renderSourceFailure } from './find-issuer-cause.ts'
import { deriveAwsKeys } from './read-aws-answer.ts'
import { deriveExpiry, type ExpiryClaims } from './read-expiry.ts'
import { findShapeProblem } from './secret-shape.ts'
import type { CredentialValue, SourceFailure, SourceOutcome } from './source.ts'

/** Most that is read of a command or file: a bare token, and a JSON document. Characters. */
export const LONGEST_TEXT = 64 * 1024
export const LONGEST_JSON = 1024 * 1024

export interface OutputContext {
  /** Input that names the command or file. */
  readonly input: string
  /** Wall-clock milliseconds. */
  readonly receivedAt: number
  /** Applied to the message of a tool that reports an error in its output. */
  readonly redact: Redactor
}

/**
 * Reads what a credential command printed: a bare token, or one of the JSON documents and key=value lines that known tools
 * print. The shape is recognised, never configured.
 * @param text decoded; the caller has refused what is not UTF-8.
 */
export function parseCommandOutput(text: string, context: OutputContext): SourceOutcome {
  return parseOutput(text, { ...context, subject: `The command of ${context.input}` })
}

export interface OutputSubject extends OutputContext {
  /** Begins the sentence of a failure. */
  readonly subject: string
}

/** The same for a text from anywhere. */
export function parseOutput(text: string, subject: OutputSubject): SourceOutcome {
  const trimmed = text.trim()
  if (trimmed === '') return fail('empty', subject)
  const isJson = /^[{[]/.test(trimmed)
  if (trimmed.length > (isJson ? LONGEST_JSON : LONGEST_TEXT)) {
    return fail('tooLong', subject, `${trimmed.length} characters`)
  }
  if (isJson) return parseJsonOutput(trimmed, subject)
  const git = parseGitAnswer(trimmed)
  if (git !== undefined)
    return deriveSecret(
      git.password,
      { instants: [git.expiry] },
      { ...subject, shape: 'an answer of a git credential helper' },
    )
  const lines = trimmed.split(/\r\n|\r|\n/).length
  if (lines > 1) return fail('lines', subject, `${lines} lines`)
  return deriveSecret(trimmed, { instants: [], token: trimmed }, { ...subject, shape: 'a token' })
}

function parseJsonOutput(text: string, subject: OutputSubject): SourceOutcome {
  const json = parseJson(text)
  if (typeof json !== 'object' || json === null) return fail('jsonBroken', subject, `${text.length} characters`)
  if (Array.isArray(json)) return fail('jsonUnknown', subject, 'a JSON array')
  const shape = CREDENTIAL_SHAPES.find((each) => each.matches(json))
  if (shape === undefined) {
    const count = Object.keys(json).length
    return fail('jsonUnknown', subject, `a JSON object with ${count === 1 ? '1 member' : `${count} members`}`)
  }
  return readPath(json, 'success') === false ? deriveReported(json, subject) : parseShape(json, shape, subject)
}

function parseShape(json: object, shape: CredentialShape, subject: OutputSubject): SourceOutcome {
  const problem = findVersionProblem(json, shape)
  if (problem !== undefined) return fail('jsonMember', subject, problem)
  if (shape.token === undefined) return parseAwsOutput(json, shape, subject)
  const token = readPath(json, ...shape.token)
  if (typeof token !== 'string' || token.trim() === '') {
    return fail('jsonMember', subject, `${shape.name} whose ${shape.token.join('.')} is ${describeMember(token)}`)
  }
  return deriveSecret(token, { ...shape.claims(json), token }, { ...subject, shape: shape.name })
}

function parseAwsOutput(json: object, shape: CredentialShape, subject: OutputSubject): SourceOutcome {
  const keys = deriveAwsKeys({ ...json })
  if (keys !== undefined) return obtain(keys.value, shape.claims(json), { ...subject, shape: shape.name })
  return fail('jsonMember', subject, `${shape.name} without a usable AccessKeyId, SecretAccessKey or SessionToken`)
}

// Both documents are versioned, and a later version may mean another thing by the same member.
function findVersionProblem(json: object, shape: CredentialShape): string | undefined {
  const member = ['Version', 'version'].find((name) => Object.hasOwn(json, name))
  const isVersioned = shape.token === undefined || shape.token[0] === 'id_token'
  if (!isVersioned || (member !== undefined && readPath(json, member) === 1)) return undefined
  return `${shape.name} of another version than 1`
}

function deriveReported(json: object, subject: OutputSubject): SourceFailure {
  const parts = [readPath(json, 'code'), readPath(json, 'message')].filter((part) => typeof part === 'string')
  return fail('reported', subject, deriveExcerpt(subject.redact(parts.join(': '))))
}

function deriveSecret(
  token: string,
  claims: ExpiryClaims,
  subject: OutputSubject & { readonly shape: string },
): SourceOutcome {
  if (token === '') return fail('empty', subject)
  const problem = findShapeProblem(token)
  if (problem !== undefined) return fail('damaged', subject, problem.found)
  return obtain({ kind: 'secret', secret: new Secret(token) }, claims, subject)
}

function obtain(
  value: CredentialValue,
  claims: ExpiryClaims,
  subject: OutputSubject & { readonly shape: string },
): SourceOutcome {
  const expiresAt = deriveExpiry(claims, { receivedAt: subject.receivedAt, skewMs: 0 })
  if (expiresAt === 'expired') return fail('expired', subject, subject.shape)
  return { kind: 'obtained', credential: { value, expiresAt } }
}

function describeMember(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  if (typeof value === 'string') return 'white space'
  return Array.isArray(value) ? 'an array' : `${typeof value === 'object' ? 'an' : 'a'} ${typeof value}`
}

function fail(cause: keyof typeof OUTPUT_CAUSES, { subject }: OutputSubject, found = ''): SourceFailure {
  return renderSourceFailure(OUTPUT_CAUSES[cause], { subject, found })
}
