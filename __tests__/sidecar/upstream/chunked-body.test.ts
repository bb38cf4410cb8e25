import { describe, expect, test } from '@jest/globals'
import { ChunkedBody } from '../../../src/sidecar/worker/upstream/chunked-body.ts'
import { ProtocolError } from '../../../src/sidecar/worker/upstream/response-head.ts'

interface Decoded {
  readonly payload: string
  readonly isOver: boolean
  /** Bytes of the wire that did not belong to the body. */
  readonly behind: number
}

function decode(wire: string, pieceBytes = wire.length): Decoded {
  const body = new ChunkedBody()
  const bytes = Buffer.from(wire, 'latin1')
  let payload = ''
  let used = 0
  for (let at = 0; at < bytes.length && !body.isOver; at += pieceBytes) {
    const result = body.push(bytes.subarray(at, at + pieceBytes))
    payload += result.payload?.toString('latin1') ?? ''
    used = at + result.used
  }
  return { payload, isOver: body.isOver, behind: bytes.length - used }
}

const WIRE = '5\r\nhello\r\n10;name="a;b"\r\n, wonderful \x00\r\n!\r\n00a\r\n0123456789\r\n0\r\nX-End: yes\r\n\r\n'
const TEXT = 'hello, wonderful \x00\r\n!0123456789'

describe('ChunkedBody', () => {
  test('gives the payload of one read as one piece and finds the end', () => {
    const body = new ChunkedBody()
    const { payload, used } = body.push(Buffer.from(WIRE, 'latin1'))
    expect([payload?.toString('latin1'), used, body.isOver]).toEqual([TEXT, WIRE.length, true])
  })

  test('reads the same however the bytes are cut', () => {
    for (let pieceBytes = 1; pieceBytes <= WIRE.length; pieceBytes += 1) {
      expect(decode(WIRE, pieceBytes)).toEqual({ payload: TEXT, isOver: true, behind: 0 })
    }
  })

  test('takes no byte behind its end', () => {
    expect(decode('1\r\na\r\n0\r\n\r\nHTTP/1.1 200 OK')).toEqual({ payload: 'a', isOver: true, behind: 15 })
  })

  test('is not over without its last empty line', () => {
    expect(decode('1\r\na\r\n0\r\n').isOver).toBe(false)
  })

  test.each([
    ['a size that is no number', 'x\r\n'],
    ['an empty size', '\r\n'],
    ['a signed size', '+5\r\nhello\r\n'],
    ['a size with prefix', '0x5\r\nhello\r\n'],
    ['a size of thirteen digits', '1000000000000\r\n'],
    ['a size line that ends in LF alone', '5\nhello\r\n'],
    ['a lone CR in an extension', '5;a\rb\r\nhello\r\n'],
    ['a chunk longer than it says', '5\r\nhello!\r\n0\r\n\r\n'],
    ['a chunk end of LF alone', '5\r\nhello\n0\r\n\r\n'],
    ['a trailer without colon', '0\r\nnonsense\r\n\r\n'],
    ['a trailer without a name', '0\r\n:\r\n\r\n'],
    ['a trailer with a blank in its name', '0\r\na b: c\r\n\r\n'],
    ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
    ['a length among the trailers', '0\r\nContent-Length: 5\r\n\r\n'],
    ['a coding among the trailers', '0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['an endless size line', `5;${'x'.repeat(9000)}`],
    ['endless trailers', `0\r\n${'a: b\r\n'.repeat(70)}`],
  ])('fails closed on %s, however the bytes are cut', (_name, wire) => {
    expect(() => decode(wire)).toThrow(ProtocolError)
    expect(() => decode(wire, 1)).toThrow(ProtocolError)
  })
})
