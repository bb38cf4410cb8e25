import type { Socket } from 'node:net'

/**
 * The least HTTP/1.1 that a bench upstream needs, on a bare socket: this side must never be the bottleneck. It reads what the
 * contenders send and nothing else; it is not a parser for hostile input.
 */
export interface RequestHead {
  /** Path with query. */
  readonly target: string
  /** Whole head, CRLF separated. */
  readonly text: string
}

export interface RequestHandlers {
  /** The head has come; the body may still be under way. Returning 'raw' hands all further bytes to `onRaw`. */
  readonly onHead: (head: RequestHead) => 'http' | 'raw'
  /** The body has come to its end and was thrown away. */
  readonly onEnd: (bodyBytes: number) => void
  readonly onRaw: (bytes: Buffer) => void
}

type Mode = { kind: 'head' } | { kind: 'length'; left: number } | { kind: 'chunked'; tail: string } | { kind: 'raw' }

const HEAD_END = Buffer.from('\r\n\r\n')
const CHUNKED_END = '0\r\n\r\n'

/** Reads requests from the socket until it closes. One request at a time: pipelined bytes are kept for the next head. */
export function readRequests(socket: Socket, handlers: RequestHandlers): void {
  let mode: Mode = { kind: 'head' }
  let held: Buffer | undefined
  let bodyBytes = 0

  const finishBody = (): void => {
    mode = { kind: 'head' }
    handlers.onEnd(bodyBytes)
  }
  const takeHead = (bytes: Buffer): Buffer | undefined => {
    const all: Buffer = held === undefined ? bytes : Buffer.concat([held, bytes])
    const end = all.indexOf(HEAD_END)
    held = end < 0 ? all : undefined
    if (end < 0) return undefined
    const text = all.toString('latin1', 0, end)
    bodyBytes = 0
    const answer = handlers.onHead({ text, target: text.slice(text.indexOf(' ') + 1, text.indexOf(' HTTP/')) })
    mode = answer === 'raw' ? { kind: 'raw' } : decideBody(text)
    if (mode.kind === 'length' && mode.left === 0) finishBody()
    return all.subarray(end + 4)
  }
  const takeBody = (bytes: Buffer): Buffer | undefined => {
    if (mode.kind === 'length') {
      const used = Math.min(mode.left, bytes.length)
      mode.left -= used
      bodyBytes += used
      if (mode.left === 0) finishBody()
      return bytes.subarray(used)
    }
    if (mode.kind === 'chunked') {
      bodyBytes += bytes.length
      mode.tail = (mode.tail + bytes.toString('latin1', Math.max(0, bytes.length - 5))).slice(-5)
      if (mode.tail === CHUNKED_END) finishBody()
    }
    return undefined
  }

  socket.on('data', (bytes: Buffer) => {
    let rest: Buffer | undefined = bytes
    while (rest !== undefined && rest.length > 0) {
      if (mode.kind === 'raw') {
        handlers.onRaw(rest)
        return
      }
      rest = mode.kind === 'head' ? takeHead(rest) : takeBody(rest)
    }
  })
}

function decideBody(head: string): Mode {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length !== undefined) return { kind: 'length', left: Number(length) }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return { kind: 'chunked', tail: '' }
  return { kind: 'length', left: 0 }
}
