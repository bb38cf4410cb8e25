import { describe, expect, test } from '@jest/globals'
import { HeadCollector, MAX_HEAD_BYTES } from '../../../src/sidecar/worker/client/head-collector.ts'
import { MalformedRequestError } from '../../../src/sidecar/worker/client/request-head.ts'

const TEXT = 'GET /v1/models HTTP/1.1\r\nHost: h\r\nX: y'
const WIRE = `${TEXT}\r\n\r\n`

/** Pushes the pieces; the memory of each is overwritten afterwards, as that of a read is. */
function collect(...pieces: string[]) {
  const collector = new HeadCollector()
  for (const [index, piece] of pieces.entries()) {
    const bytes = Buffer.from(piece, 'latin1')
    const found = collector.push(bytes)
    bytes.fill('!')
    if (found !== undefined) return { ...found, pieces: index + 1, hasBegun: collector.hasBegun }
  }
  return undefined
}

describe('HeadCollector', () => {
  test('finds the same head wherever its bytes are cut, and what of the last piece was behind it', () => {
    for (let cut = 1; cut < WIRE.length; cut += 1) {
      const rest = WIRE.slice(cut)
      expect(collect(WIRE.slice(0, cut), `${rest}body`)).toEqual({
        text: TEXT,
        used: rest.length,
        pieces: 2,
        hasBegun: false,
      })
    }
    expect(collect(...WIRE)).toMatchObject({ text: TEXT, used: 1, pieces: WIRE.length })
    expect(collect(`${WIRE}GET`)).toMatchObject({ text: TEXT, used: WIRE.length })
  })

  test('steps over one empty line before a request, however it is cut', () => {
    for (const pieces of [[`\r\n${WIRE}`], ['\r', `\n${WIRE}`], ['\r\n', WIRE], [...`\r\n${WIRE}`]]) {
      expect(collect(...pieces)?.text).toBe(TEXT)
    }
  })

  test.each([
    ['a TLS ClientHello', '\x16\x03\x01\x00\xc8'],
    ['lower-case letters', 'get / HTTP/1.1'],
    ['an endless method', 'A'.repeat(21)],
    ['a space first', ' GET'],
    ['a second empty line', '\r\n\r\nX'],
    ['a CR without LF', '\rGET'],
    ['a head of bare line feeds', 'GET / HTTP/1.1\nHost: h\n\n'],
    ['a NUL', '\0'],
  ])('refuses %s at once, before a head could be complete', (_name, wire) => {
    expect(() => collect(wire) ?? {}).toThrow(MalformedRequestError)
  })

  test('refuses a bare line feed in whichever piece it comes', () => {
    expect(() => collect('GET / HTTP/1.1\r\nHost: h', '\nX: y')).toThrow(MalformedRequestError)
    expect(collect('GET / HTTP/1.1\r\nHost: h\r', '\nX: y')).toBeUndefined()
  })

  test('takes a head up to its limit and no longer one, in one piece and in many', () => {
    const fill = (bytes: number): string => `${TEXT}${'y'.repeat(bytes - TEXT.length)}\r\n\r\n`
    expect(collect(fill(MAX_HEAD_BYTES))?.text).toHaveLength(MAX_HEAD_BYTES)
    expect(() => collect(fill(MAX_HEAD_BYTES + 1))).toThrow(MalformedRequestError)
    for (const last of [1, 2, 3, 4]) {
      const longest = fill(MAX_HEAD_BYTES)
      expect(collect(longest.slice(0, -last), longest.slice(-last))?.text).toHaveLength(MAX_HEAD_BYTES)
      const longer = fill(MAX_HEAD_BYTES + 1)
      expect(() => collect(longer.slice(0, -last), longer.slice(-last))).toThrow(MalformedRequestError)
    }
    const pieces = fill(MAX_HEAD_BYTES * 2).match(/[\s\S]{1,997}/g) ?? []
    expect(() => collect(...pieces)).toThrow(MalformedRequestError)
  })
})
