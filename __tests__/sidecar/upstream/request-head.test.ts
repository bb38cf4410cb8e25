import { describe, expect, test } from '@jest/globals'
import {
  InvalidRequestError,
  renderRequestHead,
  type UpstreamRequest,
} from '../../../src/sidecar/worker/upstream/request-head.ts'
import type { ByteSource } from '../../../src/sidecar/worker/wire/byte-source.ts'

const REQUEST: UpstreamRequest = {
  method: 'POST',
  path: '/v1/x?y=1',
  authority: 'a.test:8443',
  headers: [],
  body: null,
}

const render = (change: Partial<UpstreamRequest>) => renderRequestHead({ ...REQUEST, ...change })

const STREAM: ByteSource = {
  attach: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  detach: () => undefined,
}

describe('renderRequestHead()', () => {
  test('writes request line, host and headers, each line once', () => {
    expect(render({ headers: ['Accept', '*/*', 'X-Ünused'.slice(0, 2), 'é'], body: Buffer.from('abc') }).text).toBe(
      'POST /v1/x?y=1 HTTP/1.1\r\nhost: a.test:8443\r\nconnection: keep-alive\r\n' +
        'Accept: */*\r\nX-: é\r\ncontent-length: 3\r\n\r\n',
    )
  })

  test.each([
    [
      'a held body, whatever the client said',
      { body: Buffer.from('abc'), headers: ['Content-Length', '9'] },
      'content-length: 3',
    ],
    ['a streamed body of known length', { body: STREAM, headers: ['content-length', '9'] }, 'content-length: 9'],
    ['a streamed body of unknown length', { body: STREAM }, 'transfer-encoding: chunked'],
    ['a POST without body', {}, 'content-length: 0'],
  ] as const)('frames %s in exactly one way', (_name, change, line) => {
    expect(render(change).text.match(/^(content-length|transfer-encoding).*$/gim)).toEqual([line])
  })

  test('frames a GET without body not at all', () => {
    expect(render({ method: 'GET' })).toMatchObject({ framing: 'none' })
    expect(render({ method: 'GET' }).text).not.toMatch(/content-length|transfer-encoding/i)
  })

  test.each([
    ['a method with a space', { method: 'GET /x' }],
    ['an empty path', { path: '' }],
    ['a path with a space', { path: '/a b' }],
    ['a path with CR LF', { path: '/a\r\nx: y' }],
    ['a path beyond latin-1', { path: '/\u010d\u010a' }],
    ['a name that is no token', { headers: ['x y', '1'] }],
    ['a value with CR LF', { headers: ['x', '1\r\ny: 2'] }],
    ['a value whose low bytes are CR LF', { headers: ['x', '1\u010d\u010ay: 2'] }],
    ['a value with NUL', { headers: ['x', '\0'] }],
    ['a length that is none', { headers: ['content-length', '1,1'], body: STREAM }],
  ])('fails closed on %s', (_name, change) => {
    expect(() => render(change)).toThrow(InvalidRequestError)
  })
})
