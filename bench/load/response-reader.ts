/**
 * The least HTTP/1.1 that a load generator needs: finds where an answer ends. Framing is read once per answer; chunked
 * answers are followed by their last five bytes, which no payload of the bench imitates.
 */
export interface AnswerSink {
  /** Body bytes as they came over the wire, chunk framing included. Only valid during the call. */
  readonly onBytes?: (bytes: Buffer) => void
  readonly onEnd: (status: number) => void
}

export interface AnswerReader {
  readonly push: (bytes: Buffer) => void
}

const HEAD_END = Buffer.from('\r\n\r\n')

export function createAnswerReader(sink: AnswerSink): AnswerReader {
  let held: Buffer | undefined
  let status = 0
  let left = -1
  let tail = ''
  const end = (): void => {
    const ended = status
    status = 0
    left = -1
    tail = ''
    sink.onEnd(ended)
  }
  const takeBody = (bytes: Buffer): void => {
    if (bytes.length > 0) sink.onBytes?.(bytes)
    if (left >= 0) {
      left -= bytes.length
      if (left <= 0) end()
      return
    }
    tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - 5))).slice(-5)
    if (tail === '0\r\n\r\n') end()
  }
  const takeHead = (bytes: Buffer): void => {
    const all = held === undefined ? bytes : Buffer.concat([held, bytes])
    const at = all.indexOf(HEAD_END)
    // The read buffer is used again for the next read, so what is kept must be a copy.
    held = at < 0 ? Buffer.from(all) : undefined
    if (at < 0) return
    const head = all.toString('latin1', 0, at)
    status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    left = length === undefined ? -1 : Number(length)
    takeBody(all.subarray(at + 4))
  }
  return { push: (bytes) => (status === 0 ? takeHead(bytes) : takeBody(bytes)) }
}
