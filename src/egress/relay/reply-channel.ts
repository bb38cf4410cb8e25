import { createInterface } from 'node:readline'
import type { Duplex, Writable } from 'node:stream'
import type { RelayReply } from '../../core/egress-config.ts'

/** Lines to whoever started the relay. */
export interface ReplyChannel {
  send(reply: RelayReply): void
  /**
   * Hears the lines that come back.
   * @returns false when none can: a pipe goes one way
   */
  listen(onLine: (line: string) => void): boolean
  /** Resolves when everything has been written, or can no longer be. */
  close(): Promise<void>
}

/** What may wait for a slow reader; beyond it events are counted and dropped, because traffic must not wait for the log. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

/** How long a line may wait for others, so that many of them cost one write. */
const COLLECT_MS = 10

/** Writes to a stream that may be slow or break: neither stops the relay, and lost lines are said once there is room. */
export function createReplyChannel(stream: Writable | Duplex): ReplyChannel {
  let isBroken = false
  let lost = 0
  stream.on('error', () => {
    isBroken = true
  })
  let collected = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    if (collected !== '') stream.write(collected)
    collected = ''
  }
  // The first line goes out at once; those that follow within the moment go out together at its end.
  const onMoment = (): void => {
    timer = collected === '' ? undefined : setTimeout(onMoment, COLLECT_MS).unref()
    flush()
  }
  const write = (reply: RelayReply): void => {
    collected += `${JSON.stringify(reply)}\n`
    if (timer !== undefined && reply.kind === 'event') return
    flush()
    timer ??= setTimeout(onMoment, COLLECT_MS).unref()
  }
  const tellLost = (): void => {
    if (lost === 0) return
    const event = { kind: 'lifecycle', time: new Date().toISOString(), what: 'log-incomplete', lines: lost } as const
    lost = 0
    write({ kind: 'event', event, inode: null })
  }
  stream.on('drain', tellLost)
  return {
    send(reply) {
      if (isBroken || stream.destroyed) return
      if (reply.kind === 'event' && stream.writableLength + collected.length > MAX_WAITING_BYTES) lost += 1
      else write(reply)
    },
    listen(onLine) {
      if (!('readable' in stream) || !stream.readable) return false
      createInterface({ input: stream }).on('line', onLine)
      return true
    },
    close() {
      tellLost()
      clearTimeout(timer)
      flush()
      return new Promise((resolve) => {
        if (isBroken || stream.destroyed) return resolve()
        stream.once('error', () => resolve())
        stream.end(() => resolve())
      })
    },
  }
}
