import { describe, expect, test } from '@jest/globals'
import { ProtocolError, parseResponseHead } from '../../../src/sidecar/worker/upstream/response-head.ts'

const head = (...lines: readonly string[]): string => lines.join('\r\n')
const parse = (text: string, method = 'POST') => parseResponseHead(text, method)

describe('parseResponseHead()', () => {
  test('gives status, reason and the headers as they came, blanks around values removed', () => {
    const text = head('HTTP/1.1 404 Not Found', 'X-A:1', 'x-a: \t2 \t', 'Empty:', 'content-length: 7')
    expect(parse(text)).toMatchObject({
      status: 404,
      reason: 'Not Found',
      headers: ['X-A', '1', 'x-a', '2', 'Empty', '', 'content-length', '7'],
      framing: { kind: 'length', bytes: 7 },
    })
  })

  test.each([
    ['a length', ['Content-Length: 5'], 'POST', 'length'],
    ['a length of nothing', ['Content-Length: 0'], 'POST', 'none'],
    ['a length of nothing in two digits', ['Content-Length: 00'], 'POST', 'none'],
    ['the same length twice', ['Content-Length: 5', 'content-length: 5'], 'POST', 'length'],
    ['chunks', ['Transfer-Encoding: Chunked'], 'POST', 'chunked'],
    ['neither', [], 'POST', 'until-close'],
    ['an answer to HEAD with a length', ['Content-Length: 5'], 'HEAD', 'none'],
    ['an answer to HEAD with chunks', ['Transfer-Encoding: chunked'], 'HEAD', 'none'],
  ] as const)('frames the body by %s', (_name, lines, method, kind) => {
    expect(parse(head('HTTP/1.1 200 OK', ...lines), method).framing.kind).toBe(kind)
  })

  test('passes two lengths that agree on as one', () => {
    const text = head('HTTP/1.1 200 OK', 'Content-Length: 5', 'X-A: 1', 'content-length: 5', 'X-B: 2')
    expect(parse(text).headers).toEqual(['Content-Length', '5', 'X-A', '1', 'X-B', '2'])
  })

  test.each([204, 304, 100, 103])('knows that a %i has no body whatever it says', (status) => {
    expect(parse(head(`HTTP/1.1 ${status} X`, 'content-length: 9')).framing).toEqual({ kind: 'none' })
  })

  test.each([
    ['1.1 says nothing', 'HTTP/1.1 200 OK', [], true],
    ['1.1 says close', 'HTTP/1.1 200 OK', ['Connection: Keep-Alive, CLOSE'], false],
    ['1.1 says close in a second line', 'HTTP/1.1 200 OK', ['connection: x', 'connection: close'], false],
    ['1.0 says nothing', 'HTTP/1.0 200 OK', [], false],
    ['1.0 says keep-alive behind a byte that is no blank', 'HTTP/1.0 200 OK', ['connection: \xa0keep-alive'], false],
    ['1.0 says keep-alive', 'HTTP/1.0 200 OK', ['connection: keep-alive'], true],
  ] as const)('decides whether the connection lives on: %s', (_name, line, lines, isPersistent) => {
    expect(parse(head(line, 'content-length: 1', ...lines)).isPersistent).toBe(isPersistent)
  })

  test('never reuses a connection whose end is the end of the body', () => {
    expect(parse(head('HTTP/1.1 200 OK', 'connection: keep-alive')).isPersistent).toBe(false)
  })

  test('never reuses a connection of HTTP/1.0 behind a coding that it does not have', () => {
    const lines = ['connection: keep-alive', 'transfer-encoding: chunked']
    expect(parse(head('HTTP/1.0 200 OK', ...lines))).toMatchObject({
      isPersistent: false,
      framing: { kind: 'chunked' },
    })
    expect(parse(head('HTTP/1.1 200 OK', ...lines)).isPersistent).toBe(true)
  })

  test('reads how long the upstream keeps the connection', () => {
    expect(parse(head('HTTP/1.1 200 OK', 'keep-alive: timeout=5, max=100')).keepAliveSeconds).toBe(5)
    expect(parse(head('HTTP/1.1 200 OK', 'keep-alive: max=100')).keepAliveSeconds).toBeUndefined()
  })

  test.each([
    ['another protocol', ['ICY 200 OK']],
    ['HTTP/2 in text', ['HTTP/2.0 200 OK']],
    ['a status of two digits', ['HTTP/1.1 20 OK']],
    ['a status of four digits', ['HTTP/1.1 2000 OK']],
    ['a status line with a lone LF', ['HTTP/1.1 200 OK\nx: y']],
    ['a header without colon', ['HTTP/1.1 200 OK', 'nonsense']],
    ['an empty name', ['HTTP/1.1 200 OK', ': x']],
    ['a space before the colon', ['HTTP/1.1 200 OK', 'content-length : 5']],
    ['a folded line', ['HTTP/1.1 200 OK', 'x-a: 1', ' folded']],
    ['a lone CR in a value', ['HTTP/1.1 200 OK', 'x-a: 1\rx-b: 2']],
    ['a lone LF in a value', ['HTTP/1.1 200 OK', 'x-a: 1\nx-b: 2']],
    ['a NUL in a value', ['HTTP/1.1 200 OK', 'x-a: \0']],
    ['length and chunks together', ['HTTP/1.1 200 OK', 'content-length: 5', 'transfer-encoding: chunked']],
    ['two different lengths', ['HTTP/1.1 200 OK', 'content-length: 5', 'content-length: 6']],
    ['a list of lengths', ['HTTP/1.1 200 OK', 'content-length: 5, 5']],
    ['a signed length', ['HTTP/1.1 200 OK', 'content-length: +5']],
    ['a negative length', ['HTTP/1.1 200 OK', 'content-length: -5']],
    ['a hexadecimal length', ['HTTP/1.1 200 OK', 'content-length: 0x5']],
    ['a length beyond what a number holds', ['HTTP/1.1 200 OK', 'content-length: 9999999999999999']],
    ['an empty length', ['HTTP/1.1 200 OK', 'content-length:']],
    ['a coding before chunked', ['HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked']],
    ['a coding that is not chunked', ['HTTP/1.1 200 OK', 'transfer-encoding: identity']],
    ['chunked twice', ['HTTP/1.1 200 OK', 'transfer-encoding: chunked', 'transfer-encoding: chunked']],
  ] as const)('fails closed on %s', (_name, lines) => {
    expect(() => parse(head(...lines))).toThrow(ProtocolError)
  })

  test('never prints what the upstream sent', () => {
    expect(() => parse(head('HTTP/1.1 200 OK', 'x-secret sk-1'))).toThrow('a header line is malformed')
  })
})
