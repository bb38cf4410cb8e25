import { METHODS } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { MalformedRequestError, parseRequestHead } from '../../../src/sidecar/worker/client/request-head.ts'

const methods = new Set(METHODS)
const parse = (...lines: string[]) => parseRequestHead(lines.join('\r\n'), methods)
const post = (...lines: string[]) => parse('POST /v1/x?a=%20 HTTP/1.1', 'Host: h', ...lines)

describe('parseRequestHead()', () => {
  test('gives method, target and headers as they came', () => {
    expect(post('X-Odd-Case: \t a: b \t', 'x-odd-case:', 'Latin: \u00e9')).toEqual({
      method: 'POST',
      target: '/v1/x?a=%20',
      isVersion11: true,
      headers: ['Host', 'h', 'X-Odd-Case', 'a: b', 'x-odd-case', '', 'Latin', '\u00e9'],
      host: 'h',
      upgrade: undefined,
      isUpgrade: false,
      framing: { kind: 'none' },
      expectsContinue: false,
      isPersistent: true,
    })
  })

  test.each([
    [['Content-Length: 0'], { kind: 'none' }],
    [['Content-Length: 12'], { kind: 'length', bytes: 12 }],
    [['content-length:  007 '], { kind: 'length', bytes: 7 }],
    [['Transfer-Encoding: Chunked'], { kind: 'chunked' }],
  ])('finds the framing of a body in %j', (lines, framing) => {
    expect(post(...lines).framing).toEqual(framing)
  })

  test.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['Connection: x, CLOSE'], false],
    ['HTTP/1.1', ['Connection: keep-alive', 'Connection: close'], false],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['Connection: Keep-Alive'], true],
    ['HTTP/1.0', ['Connection: keep-alive, close'], false],
    ['HTTP/1.0', ['Connection: \xa0keep-alive'], false],
    ['HTTP/1.1', ['Connection: \xa0close'], true],
  ])('%s with %j keeps the connection: %s', (version, lines, isPersistent) => {
    expect(parse(`GET / ${version}`, 'Host: h', ...lines).isPersistent).toBe(isPersistent)
  })

  test.each([
    [['Connection: Upgrade', 'Upgrade: websocket'], true],
    [['Connection: keep-alive, upgrade', 'Upgrade: h2c'], true],
    [['Upgrade: websocket'], false],
    [['Connection: Upgrade'], false],
  ])('%j asks to leave HTTP: %s', (lines, isUpgrade) => {
    expect(parse('GET / HTTP/1.1', 'Host: h', ...lines).isUpgrade).toBe(isUpgrade)
  })

  test('HTTP/1.0 needs no Host, knows no Expect and cannot be left', () => {
    const head = parse('GET / HTTP/1.0', 'Expect: what', 'Connection: upgrade', 'Upgrade: websocket')
    expect([head.host, head.expectsContinue, head.isUpgrade]).toEqual([undefined, false, false])
  })

  test.each(['*', 'http://evil.example/', 'host:443', '/\\[', '/\u00e9'])(
    'leaves the judgement of the target %j to routing',
    (target) => {
      expect(parse(`GET ${target} HTTP/1.1`, 'Host: h').target).toBe(target)
    },
  )

  test.each([
    ['no version', ['GET /']],
    ['HTTP/0.9', ['GET / HTTP/0.9']],
    ['HTTP/1.2', ['GET / HTTP/1.2']],
    ['HTTP/2', ['PRI * HTTP/2.0']],
    ['a lower-case version', ['GET / http/1.1']],
    ['two spaces', ['GET  / HTTP/1.1']],
    ['a space behind the version', ['GET / HTTP/1.1 ']],
    ['a tab instead of a space', ['GET\t/ HTTP/1.1']],
    ['a space in the target', ['GET /a b HTTP/1.1']],
    ['a control character in the target', ['GET /a\x01 HTTP/1.1']],
    ['a DEL in the target', ['GET /a\x7f HTTP/1.1']],
    ['an unknown method', ['BREW / HTTP/1.1']],
    ['a lower-case method', ['get / HTTP/1.1']],
    ['no request line', ['']],
    ['a bare LF in the request line', ['GET / HTTP/1.1\nX: y']],
    ['a bare CR in the request line', ['GET / HTTP/1.1\rX: y']],
  ])('refuses a request line with %s', (_name, lines) => {
    expect(() => parse(...lines, 'Host: h')).toThrow(MalformedRequestError)
  })

  test.each([
    ['a space before the colon', 'Content-Length : 4'],
    ['a tab before the colon', 'Content-Length\t: 4'],
    ['folding by a space', ' folded'],
    ['folding by a tab', '\tfolded: x'],
    ['no colon', 'Content-Length 4'],
    ['no name', ': x'],
    ['a name that is no token', 'X(Y): z'],
    ['a name outside ASCII', 'X\u00e9: z'],
    ['an empty line in between', ''],
    ['a bare LF', 'X: a\nContent-Length: 0'],
    ['a bare CR', 'X: a\rContent-Length: 0'],
    ['a CR too many', 'X: a\r'],
    ['a NUL', 'X: a\0b'],
    ['a control character', 'X: a\x0bb'],
    ['a DEL', 'X: a\x7fb'],
    ['a length that is none', 'Content-Length: x'],
    ['an empty length', 'Content-Length:'],
    ['a signed length', 'Content-Length: +4'],
    ['a negative length', 'Content-Length: -4'],
    ['a hexadecimal length', 'Content-Length: 0x4'],
    ['a fractional length', 'Content-Length: 4.0'],
    ['a list of lengths', 'Content-Length: 4, 4'],
    ['a length of sixteen digits', 'Content-Length: 1234567890123456'],
    ['an unknown transfer coding', 'Transfer-Encoding: gzip'],
    ['chunked not alone', 'Transfer-Encoding: gzip, chunked'],
    ['chunked twice in a list', 'Transfer-Encoding: chunked, chunked'],
    ['a transfer coding that looks like chunked', 'Transfer-Encoding: xchunked'],
    ['a parameter of chunked', 'Transfer-Encoding: chunked;q=1'],
    ['an empty transfer coding', 'Transfer-Encoding:'],
    ['a vertical tab before chunked', 'Transfer-Encoding: \x0bchunked'],
    ['a second Host', 'Host: other'],
  ])('refuses a header with %s', (_name, line) => {
    expect(() => post(line)).toThrow(MalformedRequestError)
  })

  test.each([
    ['two different lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['two equal lengths', ['Content-Length: 4', 'content-length: 4']],
    ['two transfer codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['a length before a transfer coding', ['Content-Length: 4', 'Transfer-Encoding: chunked']],
    ['a length behind a transfer coding', ['Transfer-Encoding: chunked', 'Content-Length: 4']],
    ['a WebSocket with a body', ['Connection: upgrade', 'Upgrade: WebSocket', 'Content-Length: 4']],
    ['two upgrades', ['Upgrade: websocket', 'Upgrade: h2c']],
    ['more than five hundred lines', Array(500).fill('X: y')],
  ])('refuses %s', (_name, lines) => {
    expect(() => post(...lines)).toThrow(MalformedRequestError)
  })

  test('refuses HTTP/1.1 without Host, and HTTP/1.0 with chunks', () => {
    expect(() => parse('GET / HTTP/1.1', 'X: y')).toThrow(MalformedRequestError)
    expect(() => parse('POST / HTTP/1.0', 'Host: h', 'Transfer-Encoding: chunked')).toThrow(MalformedRequestError)
  })

  test('knows one expectation and refuses every other with 417', () => {
    expect(post('Expect: 100-Continue').expectsContinue).toBe(true)
    expect(() => post('Expect: 200-ok')).toThrow(expect.objectContaining({ status: 417 }))
  })
})
