import { looksLikeHtml } from '../probes/excerpt.ts'
import { parseJson, readPath } from '../probes/json.ts'
import type { ProbeAnswer } from '../probes/probe.ts'
import { Secret } from '../secret.ts'
import { deriveIssuerFailure, deriveLocalFailure } from './find-issuer-cause.ts'
import { readAwsAnswer } from './read-aws-answer.ts'
import { deriveClockSkew, deriveExpiry, type ExpiryClaims } from './read-expiry.ts'
import type { ObtainedCredential, SourceOutcome } from './source.ts'
import type { AnswerReceipt, StepIssuer, TokenStep } from './token-step.ts'

type Answer = ProbeAnswer & { readonly kind: 'answer' }

interface TokenMembers {
  readonly token: string
  readonly lifetime?: string
  readonly instants: readonly string[]
}

/** Where each issuer puts its token and its end. RFC 6749 wants `expires_in`; `expires_on` is Entra's older spelling. */
const OAUTH_MEMBERS: TokenMembers = {
  token: 'access_token',
  lifetime: 'expires_in',
  instants: ['expires_at', 'expires_on'],
}
const MEMBERS: Readonly<Partial<Record<StepIssuer, TokenMembers>>> = {
  'gcp-iam': { token: 'accessToken', instants: ['expireTime'] },
  'github-app': { token: 'token', instants: ['expires_at'] },
}

interface Found {
  readonly value: ObtainedCredential['value']
  readonly claims: ExpiryClaims
  readonly nextRefreshToken?: Secret
}

/**
 * Reads the last answer on the way to a credential.
 * @param answer with its body as it came: a token that was redacted is lost. Texts of the issuer go through `receipt.redact`
 *   before they are looked at for a sentence.
 */
export function readTokenAnswer(step: TokenStep, answer: ProbeAnswer, receipt: AnswerReceipt): SourceOutcome {
  const found = isSuccess(answer) ? findToken(step.issuer, answer.body) : undefined
  if (!isSuccess(answer) || found === undefined) return deriveIssuerFailure(step, answer, receipt.redact)
  const skewMs = deriveClockSkew(answer.headers.date, receipt.receivedAt)
  const expiresAt = deriveExpiry(found.claims, { receivedAt: receipt.receivedAt, skewMs })
  if (expiresAt === 'expired') return deriveLocalFailure('expired', step)
  const { value, nextRefreshToken } = found
  return {
    kind: 'obtained',
    credential: { value, expiresAt, ...(nextRefreshToken === undefined ? {} : { nextRefreshToken }) },
  }
}

function isSuccess(answer: ProbeAnswer): answer is Answer {
  if (answer.kind === 'failure' || answer.status < 200 || answer.status > 299) return false
  return !looksLikeHtml(answer.body, answer.headers['content-type'] ?? '')
}

function findToken(issuer: StepIssuer, body: string): Found | undefined {
  if (issuer !== 'aws') return findBearer(MEMBERS[issuer] ?? OAUTH_MEMBERS, parseJson(body))
  const keys = readAwsAnswer(body)
  return keys === undefined ? undefined : { value: keys.value, claims: { instants: [keys.expiration] } }
}

function findBearer(members: TokenMembers, body: unknown): Found | undefined {
  const token = readPath(body, members.token)
  const type = readPath(body, 'token_type')
  if (!isHeaderText(token) || !isBearer(type)) return undefined
  const refresh = readPath(body, 'refresh_token')
  return {
    value: { kind: 'secret', secret: new Secret(token) },
    claims: {
      ...(members.lifetime === undefined ? {} : { lifetime: readPath(body, members.lifetime) }),
      instants: members.instants.map((name) => readPath(body, name)),
      token,
    },
    ...(isHeaderText(refresh) ? { nextRefreshToken: new Secret(refresh) } : {}),
  }
}

// A token that needs a signature for each request (DPoP, MAC) is useless in a header of its own.
function isBearer(type: unknown): boolean {
  return type === undefined || type === null || (typeof type === 'string' && type.toLowerCase() === 'bearer')
}

/** Text that can stand in a header and is no longer than servers take. */
function isHeaderText(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]{1,16384}$/.test(value)
}
