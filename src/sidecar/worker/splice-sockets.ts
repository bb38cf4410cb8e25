import type { Socket } from 'node:net'

export interface SpliceSide {
  readonly socket: Socket
  /** Sees each chunk this side sends, and gives what is passed on. */
  readonly onBytes: (chunk: Buffer) => Buffer
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
    from.socket.on('data', (chunk: Buffer) => {
      if (!to.socket.write(from.onBytes(chunk))) from.socket.pause()
    })
    to.socket.on('drain', () => from.socket.resume())
    from.socket.once('end', () => to.socket.end())
    from.socket.on('error', () => to.socket.destroy())
    from.socket.once('close', () => {
      // A side that was closed by force never ends the other one: a paused socket would wait for ever.
      if (!to.socket.destroyed) to.socket.destroySoon()
      closed()
    })
  }
}
