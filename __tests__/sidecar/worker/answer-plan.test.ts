import { describe, expect, test } from '@jest/globals'
import { planAnswer, renderClientHead } from '../../../src/sidecar/worker/answer-plan.ts'
import { EchoNeedles } from '../../../src/sidecar/worker/echo-needles.ts'

const SECRET = 'sk-secret-0123456789'
const needles = EchoNeedles.create([SECRET])
const body = { kind: 'chunked' } as const

describe('planAnswer()', () => {
  test.each([
    ['no coding', { status: 200, contentEncoding: '', framing: body }, 'pass'],
    ['identity', { status: 200, contentEncoding: 'identity', framing: body }, 'pass'],
    ['a coding that can be undone', { status: 200, contentEncoding: 'gzip', framing: body }, 'decode'],
    ['an error in such a coding', { status: 401, contentEncoding: 'br', framing: body }, 'decode'],
    ['a coding that cannot be undone', { status: 200, contentEncoding: 'compress', framing: body }, 'refuse'],
    ['a range of packed bytes', { status: 206, contentEncoding: 'gzip', framing: body }, 'refuse'],
    ['a range of plain bytes', { status: 206, contentEncoding: '', framing: body }, 'pass'],
    ['a coding of no body', { status: 304, contentEncoding: 'compress', framing: { kind: 'none' } }, 'pass'],
  ] as const)('%s', (_name, head, kind) => {
    expect(planAnswer(head, needles).kind).toBe(kind)
  })

  test('lets everything pass from an upstream that was lent nothing', () => {
    expect(planAnswer({ status: 200, contentEncoding: 'compress', framing: body }, undefined).kind).toBe('pass')
  })
})

const packed = [
  ...['Content-Encoding', 'gzip', 'Content-Length', '10', 'Content-MD5', 'x', 'Digest', 'x', 'Content-Digest', 'x'],
  ...['Repr-Digest', 'x', 'Accept-Ranges', 'bytes', 'ETag', '"a"', 'Vary', 'Accept-Encoding', 'Content-Type', 'a/b'],
]

describe('renderClientHead()', () => {
  test('leaves out what was said about packed bytes and weakens their tag', () => {
    const { headers } = renderClientHead(
      { reason: 'OK', headers: packed },
      { kind: 'decode', codings: ['gzip'] },
      needles,
    )
    expect(headers).toEqual(['etag', 'W/"a"', 'vary', 'Accept-Encoding', 'content-type', 'a/b'])
  })

  test('changes nothing in the head of a body that passes', () => {
    const { headers } = renderClientHead({ reason: 'OK', headers: packed }, { kind: 'pass' }, needles)
    expect(headers).toEqual(packed.map((text, index) => (index % 2 === 0 ? text.toLowerCase() : text)))
  })

  test('cleans the reason and the headers of the credential', () => {
    const head = { reason: `No ${SECRET}`, headers: ['X-Echo', `Bearer ${SECRET}`, `X-${SECRET}`, '1'] }
    expect(renderClientHead(head, { kind: 'pass' }, needles)).toEqual({
      reason: 'No «redacted»',
      headers: ['x-echo', 'Bearer «redacted»'],
    })
  })
})
