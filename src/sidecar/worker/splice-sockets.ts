import type { Socket } from 'node:net'
import { isCongested, writeBytes } from './wire/write-bytes.ts'

export interface SpliceSide {
  readonly socket: Socket
  /** Sees each chunk this side sends, and gives what is passed on. */
  readonly onBytes: (chunk: Buffer) => Buffer
  /** Where its chunks come from; they are valid during the call only. Without it they are the socket's own. */
  readonly read?: (onChunk: (chunk: Buffer) => void) => void
}

/**
 * Joins two sockets both ways with backpressure. When one side ends, its end is passed on; when one breaks, the other is
 * destroyed, so that neither hangs. `onClose` is called once, when both are gone.
 */
export function spliceSockets(left: SpliceSide, right: SpliceSide, onClose: () => void): void {
  let open = 2
  const closed = (): void => {
    open -= 1
    if (open === 0) onClose()
  }
  for (const [from, to] of [
    [left, right],
    [right, left],
  ] as const) {
    from.socket.setTimeout(0)
    from.socket.setNoDelay(true)
    const onChunk = (chunk: Buffer): void => {
      if (!to.socket.writable) return
      writeBytes(to.socket, from.onBytes(chunk))
      if (isCongested(to.socket)) from.socket.pause()
    }
    to.socket.on('drain', () => from.socket.resume())
    from.socket.once('end', () => to.socket.end())
    from.socket.on('error', () => to.socket.destroy())
    from.socket.once('close', () => {
      // A side that was closed by force never ends the other one: a paused socket would wait for ever.
      if (!to.socket.destroyed) to.socket.destroySoon()
      closed()
    })
    if (from.read === undefined) from.socket.on('data', onChunk)
    else from.read(onChunk)
  }
}
