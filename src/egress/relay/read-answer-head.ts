import { DialError } from './dial-error.ts'
import type { FarSide } from './far-side.ts'

export interface AnswerHead {
  readonly status: number
  /** With its last empty line. */
  readonly head: Buffer
  /** What came right behind it. */
  readonly rest: Buffer
}

const MAX_HEAD = 32 * 1024
const STATUS_LINE = /^HTTP\/1\.[01] ([1-9]\d\d)[ \r]/

/**
 * Reads the head of one HTTP answer and leaves the far side paused.
 * @throws DialError ECONNRESET, ETIMEDOUT, or EPROTO when it is none
 */
export function readAnswerHead(far: FarSide, signal: AbortSignal): Promise<AnswerHead> {
  const { promise, resolve, reject } = Promise.withResolvers<AnswerHead>()
  let bytes: Buffer = Buffer.alloc(0)
  const fail = (failure: string) => (): void => reject(new DialError({ failure }))
  const onGone = fail('ECONNRESET')
  far.socket.once('close', onGone)
  far.socket.once('end', onGone)
  signal.addEventListener('abort', fail('ETIMEDOUT'), { once: true })
  far.readWith((more) => {
    bytes = Buffer.concat([bytes, more])
    const end = bytes.indexOf('\r\n\r\n')
    if (end < 0 && bytes.length <= MAX_HEAD) return true
    far.socket.off('close', onGone)
    far.socket.off('end', onGone)
    const status = STATUS_LINE.exec(bytes.toString('latin1', 0, 64))?.[1]
    if (end < 0 || status === undefined) fail('EPROTO')()
    else resolve({ status: Number(status), head: bytes.subarray(0, end + 4), rest: bytes.subarray(end + 4) })
    // Nothing more is taken until whoever waits for the head reads on.
    return false
  })
  return promise
}

/** The far side with bytes put back before what comes next. */
export function giveBack(far: FarSide, bytes: Buffer): FarSide {
  if (bytes.length === 0) return far
  return {
    ...far,
    readWith(reader) {
      const wantsMore = reader(bytes)
      far.readWith(reader)
      if (!wantsMore) far.socket.pause()
    },
  }
}
