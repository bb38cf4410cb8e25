import { firstStep, NOW, RECEIPT, SOURCES } from '../../__tests__/core/credentials/sources.ts'
import { answer } from '../../__tests__/core/probes/situations.ts'
import { parseCommandOutput } from '../../src/core/credentials/parse-command-output.ts'
import { parseFileValue } from '../../src/core/credentials/parse-file-value.ts'
import { LONGEST_BELIEVED_MS } from '../../src/core/credentials/read-expiry.ts'
import { readStep } from '../../src/core/credentials/read-step.ts'
import type { ObtainedCredential, SourceFailure } from '../../src/core/credentials/source.ts'
import type { StepIssuer, TokenStep } from '../../src/core/credentials/token-step.ts'
import { createRedactor } from '../../src/core/redact.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

/** What a program or an issuer gives as a token. Failures are printed, so nothing of it may stand in them. */
const TOKENS = [
  't0kenQ7w8E9r0T1y2U3i4O5p',
  'ya29.a0AfH6SMBx-Q7w8E9r0T1y2',
  'eyJhbGciOiJub25lIn0.eyJleHAiOjE3OTQ1MDAwMDB9.c2ln',
  'AQoDYXdzEJrQ7w8E9r0T1y2U3i4O5p6A7s8D9f',
]
const TIMES = [
  3600,
  '3600',
  0,
  -1,
  1e300,
  null,
  'soon',
  '2026-11-01T13:00:00Z',
  '2026-11-01T11:00:00Z',
  '2026-11-01 13:00:00',
  1_793_538_000,
  1_793_538_000_000,
  true,
]
const CONTEXT = { input: 'openai-command', receivedAt: NOW, redact: createRedactor([]) }

const SHAPES: readonly ((token: string, time: unknown) => object)[] = [
  (token, time) => ({ kind: 'ExecCredential', status: { token, expirationTimestamp: time } }),
  (token, time) => ({
    Version: 1,
    AccessKeyId: 'ASIAQ7W8E9R0T1Y2U3I4',
    SecretAccessKey: token,
    SessionToken: token,
    Expiration: time,
  }),
  (token, time) => ({ version: 1, success: true, id_token: token, expiration_time: time }),
  (token, time) => ({ access_token: token, token_type: 'Bearer', expires_in: time }),
  (token, time) => ({ accessToken: token, expires_on: time, expiresOn: '2026-11-01 13:00:00.000000' }),
  (token, time) => ({ credential: { access_token: token, token_expiry: time } }),
  (token, time) => ({ token, expires_at: time }),
  (token) => ({ ServerURL: 'x', Username: 'u', Secret: token }),
]
const WORDS = [
  'access_token',
  'token',
  '"version":1',
  '"success":false',
  'password=',
  'password_expiry_utc=',
  '\n',
  '\r\n',
  '\ufeff',
  '\0',
  '"',
  '{',
  '}',
  'null',
  '"__proto__"',
  '***',
  'Bearer ',
  '\u2028',
  '\\u0000',
  '<Credentials>',
  '<!',
  ...TOKENS,
]

export function generateCredentialText(dice: Dice): Buffer {
  const token = dice.pick(TOKENS)
  if (dice.chance(4))
    return Buffer.from(
      dice.pick([
        token,
        `${token}\n`,
        `"${token}"`,
        `username=x\npassword=${token}\n`,
        `export TOKEN=${token}`,
        `${token}\n${token}`,
      ]),
    )
  const text = JSON.stringify(dice.pick(SHAPES)(token, dice.pick(TIMES)), null, dice.pick([0, 2]))
  return Buffer.from(dice.chance(20) ? text.slice(0, dice.below(text.length)) : text)
}

export interface OutputSubject {
  readonly parse: typeof parseCommandOutput
}

/** What a credential command prints, and what a credential file holds. */
export function createCommandOutputTarget(subject: OutputSubject = { parse: parseCommandOutput }): Target {
  return {
    name: 'command-output',
    reads: 'outputs of credential commands, and credential files',
    seeds: [...TOKENS, ...SHAPES.map((shape) => JSON.stringify(shape(TOKENS[0] ?? '', 3600)))].map((text) =>
      Buffer.from(text),
    ),
    words: WORDS,
    generate: generateCredentialText,
    mustReach: [
      'obtained',
      'obtained until',
      'output-empty',
      'output-json-broken',
      'output-json-unknown',
      'output-damaged',
      'output-lines',
      'output-expired',
    ],
    check: (input) => {
      const text = input.toString('utf8')
      const outcome = subject.parse(text, CONTEXT)
      const file = parseFileValue(text, CONTEXT)
      demand((file.kind === 'obtained') === (outcome.kind === 'obtained'), 'a file is read as an output is')
      if (outcome.kind === 'failure') return checkFailure(outcome, text)
      checkObtained(outcome.credential, text)
      const isBare = !/^[\s\ufeff]*[{[]/.test(text) && !/^[a-z_]+(\[\])?=/.test(text.trim())
      if (isBare) demandEqual(readToken(outcome.credential), text.trim(), 'a bare token is taken as it is')
      return outcome.credential.expiresAt === null ? 'obtained' : 'obtained until'
    },
  }
}

function readToken({ value }: ObtainedCredential): string {
  return value.kind === 'secret' ? value.secret.reveal() : value.secretAccessKey.reveal()
}

/** A credential can stand in a header, ends in the future, and was there in what was read. */
function checkObtained(credential: ObtainedCredential, text: string): void {
  const { value, expiresAt } = credential
  const parts =
    value.kind === 'secret'
      ? [value.secret]
      : [value.secretAccessKey, ...(value.sessionToken === undefined ? [] : [value.sessionToken])]
  for (const part of parts) {
    const token = part.reveal()
    demand(/^[\x21-\x7e]+$/.test(token), 'a credential can stand in a header', () => JSON.stringify(token))
    const isThere = text.includes(token) || JSON.stringify(parseJson(text))?.includes(JSON.stringify(token)) === true
    demand(isThere, 'a credential is what was read', () => token)
  }
  const isBelieved =
    expiresAt === null || (Number.isFinite(expiresAt) && expiresAt > NOW && expiresAt - NOW <= LONGEST_BELIEVED_MS)
  demand(isBelieved, 'a credential ends in the future, or nobody knows when', () => String(expiresAt))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function checkFailure(failure: SourceFailure, text: string): string {
  const sentence = `${failure.message} ${failure.fix}`
  demand(sentence.length < 1000 && !/[\p{Cc}\u2028\u2029]/u.test(sentence), 'a failure is one short line', () =>
    JSON.stringify(sentence),
  )
  const isRepeated = TOKENS.some((token) => text.includes(token) && sentence.includes(token))
  demand(!isRepeated, 'a failure does not repeat a token', () => sentence)
  return failure.cause
}

const ISSUERS: readonly StepIssuer[] = [
  'github-oidc',
  'oauth',
  'azure',
  'aws',
  'gcp',
  'gcp-iam',
  'anthropic',
  'openai',
  'github-app',
]
const STEPS = new Map<StepIssuer, TokenStep>()
for (const issuer of ISSUERS) STEPS.set(issuer, { ...(await firstStep(SOURCES.gcp)), issuer })

const AWS_XML = `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAQ7W8E9R0T1Y2U3I4</AccessKeyId><SecretAccessKey>${TOKENS[3]}</SecretAccessKey><SessionToken>${TOKENS[3]}</SessionToken><Expiration>2026-11-01T13:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`

/** Answers of issuers on the way to a credential. */
export function createTokenAnswersTarget(read: typeof readStep = readStep): Target {
  return {
    name: 'token-answers',
    reads: 'token answers of issuers',
    seeds: [
      AWS_XML,
      '{"value":"a.b.c"}',
      '{"error":"invalid_grant","error_description":"no"}',
      '<html><title>Sign in</title>',
      ...SHAPES.map((shape) => JSON.stringify(shape(TOKENS[1] ?? '', 3600))),
    ].map((text) => Buffer.from(text)),
    words: [
      ...WORDS,
      '"error":',
      'AADSTS700024',
      '"value":',
      '"refresh_token":"r"',
      '"token_type":"DPoP"',
      '<SessionToken>',
      '</Credentials>',
      '&amp;',
    ],
    generate: (dice) => (dice.chance(6) ? Buffer.from(AWS_XML) : generateCredentialText(dice)),
    mustReach: ['obtained', 'obtained until', 'next', 'failure'],
    check: (input, dice) => {
      const text = input.toString('utf8')
      const step = STEPS.get(dice.pick(ISSUERS))
      if (step === undefined) throw new Error('There is no such issuer')
      const headers = {
        date: dice.pick(['Sun, 01 Nov 2026 12:00:00 GMT', 'x', 'Sun, 01 Nov 2026 11:00:00 GMT']),
        'content-type': dice.pick(['application/json', 'text/html', '']),
      }
      const status = dice.pick([200, 200, 200, 201, 400, 403, 500, 302])
      const reading = read(step, answer(status, text, headers), RECEIPT)
      if (reading.kind === 'next') return 'next'
      if (reading.kind === 'failure') {
        // Who refuses hands out no token, and a page or an error is quoted; what an answer that was meant well holds is not.
        checkFailure(reading, status < 300 && !/^\s*<|"(error|message)/i.test(text) ? text : '')
        return 'failure'
      }
      checkObtained(reading.credential, text)
      return reading.credential.expiresAt === null ? 'obtained' : 'obtained until'
    },
  }
}
