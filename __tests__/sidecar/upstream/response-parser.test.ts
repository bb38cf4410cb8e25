import { describe, expect, jest, test } from '@jest/globals'
import { ProtocolError } from '../../../src/sidecar/worker/upstream/response-head.ts'
import { ResponseParser } from '../../../src/sidecar/worker/upstream/response-parser.ts'

interface Recording {
  readonly parser: ResponseParser
  readonly calls: string[]
  isPaused: boolean
}

function record(method = 'POST', pauseAfter = ''): Recording {
  const calls: string[] = []
  const sink = {
    isPaused: false,
    onHead: (head: { status: number }) => note(`head ${head.status}`),
    onPayload: (payload: Buffer) => note(`data ${payload.toString('latin1')}`),
    onComplete: () => note('complete'),
  }
  const note = (call: string): void => {
    calls.push(call)
    if (call === pauseAfter) sink.isPaused = true
  }
  const parser = new ResponseParser(method, sink)
  return {
    parser,
    calls,
    set isPaused(value: boolean) {
      sink.isPaused = value
    },
  }
}

const push = ({ parser }: Recording, text: string): void => parser.push(Buffer.from(text, 'latin1'))

const LENGTH = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello'

describe('ResponseParser', () => {
  test('takes a head up to its limit and no longer one, wherever its last bytes are cut off', () => {
    const fill = (bytes: number): string => {
      const start = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: '
      return `${start}${'y'.repeat(bytes - start.length)}\r\n\r\n`
    }
    for (let last = 0; last < 5; last += 1) {
      const recording = record()
      const longest = fill(64 * 1024)
      push(recording, longest.slice(0, longest.length - last))
      push(recording, longest.slice(longest.length - last))
      expect(recording.calls).toEqual(['head 200', 'complete'])
      const longer = fill(64 * 1024 + 1)
      const other = record()
      expect(() => {
        push(other, longer.slice(0, longer.length - last))
        push(other, longer.slice(longer.length - last))
      }).toThrow(ProtocolError)
    }
  })

  test('copies a head that comes byte by byte a few times, not at each byte', () => {
    const recording = record()
    const concat = jest.spyOn(Buffer, 'concat')
    const text = `HTTP/1.1 200 OK\r\ncontent-length: 3\r\nx: ${'y'.repeat(60_000)}\r\n\r\nabc`
    for (const byte of text) push(recording, byte)
    expect(concat).not.toHaveBeenCalled()
    concat.mockRestore()
    expect(recording.calls).toEqual(['head 200', 'data a', 'data b', 'data c', 'complete'])
  })

  test('reads an answer that comes byte by byte', () => {
    const recording = record()
    for (const byte of LENGTH) push(recording, byte)
    expect(recording.calls).toEqual(['head 200', 'data h', 'data e', 'data l', 'data l', 'data o', 'complete'])
    expect(recording.parser.isPersistent).toBe(true)
  })

  test('steps over interim answers', () => {
    const recording = record()
    push(recording, `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n${LENGTH}`)
    expect(recording.calls).toEqual(['head 200', 'data hello', 'complete'])
  })

  test('gives the connection up when bytes follow the answer', () => {
    const recording = record()
    push(recording, `${LENGTH}HTTP/1.1 200 OK\r\n\r\n`)
    expect(recording.calls).toEqual(['head 200', 'data hello', 'complete'])
    expect(recording.parser.isPersistent).toBe(false)
  })

  test('takes the end of the connection for the end of a body without framing', () => {
    const recording = record()
    push(recording, 'HTTP/1.1 200 OK\r\n\r\nabc')
    expect(recording.calls).toEqual(['head 200', 'data abc'])
    recording.parser.end()
    expect([recording.calls.at(-1), recording.parser.isCut]).toEqual(['complete', false])
  })

  test('does not take a reset for the end of a body without framing', () => {
    const recording = record()
    push(recording, 'HTTP/1.1 200 OK\r\n\r\nabc')
    recording.parser.end(true)
    expect([recording.calls, recording.parser.isCut]).toEqual([['head 200', 'data abc'], true])
  })

  test.each([
    ['before the head', ''],
    ['in the head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['in a body of known length', LENGTH.slice(0, -1)],
    ['before the last chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n'],
  ])('knows an answer that was cut off %s', (_name, text) => {
    const recording = record()
    if (text !== '') push(recording, text)
    recording.parser.end()
    expect([recording.parser.isCut, recording.calls.includes('complete')]).toEqual([true, false])
  })

  test.each([
    ['head 200', LENGTH, ['head 200'], ['data hello', 'complete']],
    ['head 401', 'HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n', ['head 401'], ['complete']],
    ['data hello', LENGTH, ['head 200', 'data hello'], ['complete']],
  ])(
    'gives out nothing more while paused after «%s», also when the connection ends meanwhile',
    (at, text, before, after) => {
      const recording = record('POST', at)
      push(recording, text)
      recording.parser.end()
      expect([recording.calls, recording.parser.isCut]).toEqual([before, false])
      recording.isPaused = false
      recording.parser.proceed()
      expect([recording.calls, recording.parser.isCut]).toEqual([[...before, ...after], false])
    },
  )

  test.each([
    ['an upgrade nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
    ['endless interim answers', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)],
    ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`],
    ['a long head that ends', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`],
  ])('fails closed on %s', (_name, text) => {
    expect(() => push(record(), text)).toThrow(ProtocolError)
  })
})
