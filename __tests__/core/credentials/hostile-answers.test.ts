import { describe, expect, test } from '@jest/globals'
import { classifyCommandExit } from '../../../src/core/credentials/classify-command-exit.ts'
import { parseCommandOutput } from '../../../src/core/credentials/parse-command-output.ts'
import { readStep } from '../../../src/core/credentials/read-step.ts'
import type { StepIssuer } from '../../../src/core/credentials/token-step.ts'
import { answer } from '../probes/situations.ts'
import { createRandom } from '../usage/seeded-random.ts'
import { firstStep, NOW, RECEIPT, SOURCES } from './sources.ts'

/** Pieces that mean something to one of the readers, thrown together. */
const PIECES = [
  ...[
    '{',
    '}',
    '[',
    ']',
    '"',
    ':',
    ',',
    '\n',
    '\0',
    '\u2028',
    '\u001b[',
    '&',
    '<!',
    '=',
    '<html>',
    '<Credentials>',
    '</Credentials>',
  ],
  ...[
    'access_token',
    'token',
    'value',
    'error',
    'error_description',
    'expires_in',
    'kind',
    'status',
    'version',
    'password=',
  ],
  ...['ExecCredential', 'AccessKeyId', '"__proto__"', 'invalid_grant', 'AADSTS700024', 'jti_reused', 'a.b.c', 'tok'],
  ...['null', 'true', '1e400', '-1', '1793534700', '1793534700000', '2026-11-01T13:00:00Z', 'x'.repeat(500)],
]
const STATUSES = [200, 201, 204, 301, 400, 401, 403, 404, 407, 429, 500, 999]
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

const random = createRandom(20261101)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T

function createJson(depth: number): unknown {
  const choice = random()
  if (depth > 3 || choice < 0.3) return pick(PIECES)
  if (choice < 0.4) return random() * 1e13
  if (choice < 0.5) return [createJson(depth + 1), null]
  return Object.fromEntries(Array.from({ length: 4 }, () => [pick(PIECES), createJson(depth + 1)]))
}

function createText(): string {
  if (random() < 0.5) return JSON.stringify(createJson(0))
  return Array.from({ length: Math.floor(random() * 30) }, () => pick(PIECES)).join('')
}

const isOneLine = (text: string): boolean => text.length < 700 && !/[\p{Cc}\u2028\u2029]/u.test(text)

describe('hostile texts', () => {
  test.each(ISSUERS)('never make readStep of %s throw or write more than a line', async (issuer) => {
    const step = { ...(await firstStep(SOURCES.gcp)), issuer }
    const messages = Array.from({ length: 1000 }, () => {
      const headers = { date: pick(PIECES), 'content-type': pick(PIECES) }
      const reading = readStep(step, answer(pick(STATUSES), createText(), headers), RECEIPT)
      return reading.kind === 'failure' ? reading.message : ''
    })
    expect(messages.filter((message) => !isOneLine(message))).toEqual([])
  })

  test.each(['{"access_token":"t0kenQ7w8E9r0T1y2U3i4O5p"}', 't0kenQ7w8E9r0T1y2U3i4O5p'])(
    'readStep quotes nothing of %s, which may be a token, when the issuer calls it a page',
    async (text) => {
      const step = await firstStep(SOURCES.oauth)
      for (const status of [200, 201, 302]) {
        const reading = readStep(step, answer(status, text, { 'content-type': 'text/html' }), RECEIPT)
        expect(reading.kind).toBe('failure')
        expect(JSON.stringify(reading)).not.toContain('t0ken')
      }
      const page = readStep(step, answer(200, '<html><title>Sign in</title>', { 'content-type': 'text/html' }), RECEIPT)
      expect(page).toMatchObject({ kind: 'failure', message: expect.stringContaining('Sign in') })
    },
  )

  test('never make parseCommandOutput or classifyCommandExit throw or write more than a line', () => {
    const messages = Array.from({ length: 3000 }, () => {
      const text = createText()
      const outcome = parseCommandOutput(text, { input: 'x-command', receivedAt: NOW, redact: RECEIPT.redact })
      const exit = classifyCommandExit({ kind: 'exited', code: 1 }, 'x-command', text)
      return [outcome.kind === 'failure' ? outcome.message : '', exit?.message ?? '']
    }).flat()
    expect(messages.filter((message) => !isOneLine(message))).toEqual([])
  })
})
