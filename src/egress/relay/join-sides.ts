import { Socket } from 'node:net'
import type { FarSide } from './far-side.ts'

/**
 * Joins a client and the far side both ways until both are gone: each end's half-close is passed on, a side that cannot take
 * more slows the other down, and a broken side breaks the other.
 * @param onClose called once.
 */
export function joinSides(client: Socket, far: FarSide, onClose: () => void): void {
  passUp(client, far.socket)
  passDown(far, client)
  let open = 2
  const closed = (): void => {
    open -= 1
    if (open === 0) onClose()
  }
  for (const [one, other] of [
    [client, far.socket],
    [far.socket, client],
  ] as const) {
    one.once('error', () => resetSocket(other))
    // A side that was closed by force never ends the other one: a paused socket would wait for ever.
    onClosed(one, () => {
      if (!other.destroyed) other.destroySoon()
      closed()
    })
  }
}

/** The same, after what the client has already said has gone out. */
export function joinWith(
  client: Socket,
  far: FarSide,
  { first, onClose }: { readonly first: Buffer; readonly onClose: () => void },
): void {
  if (first.length > 0) far.socket.write(first)
  joinSides(client, far, onClose)
}

/** Calls back when the socket is closed, or soon when it is already. */
export function onClosed(socket: Socket, callback: () => void): void {
  if (socket.closed) setImmediate(callback)
  else socket.once('close', callback)
}

function passUp(client: Socket, far: Socket): void {
  client.on('data', (bytes: Buffer) => {
    if (!far.write(bytes)) client.pause()
  })
  far.on('drain', () => client.resume())
  if (client.readableEnded) far.end()
  else client.once('end', () => far.end())
  client.resume()
}

/**
 * Gives the client what the far side sends. The read buffer may be used again as soon as the kernel has its bytes, which the
 * socket's empty queue tells.
 */
export function passDown(far: FarSide, client: Socket): void {
  let isPaused = false
  const onWritten = (): void => {
    if (!isPaused || client.writableLength > 0) return
    isPaused = false
    far.resume()
  }
  far.readWith((bytes) => {
    client.write(bytes, onWritten)
    isPaused = client.writableLength > 0
    return !isPaused
  })
  if (far.socket.readableEnded) client.end()
  else far.socket.once('end', () => client.end())
}

/** Closes so that the peer sees a reset; where that is not possible (a unix socket), at once. */
export function resetSocket(socket: Socket): void {
  if (socket.destroyed) return
  if (socket.remoteFamily === undefined || !(socket instanceof Socket)) socket.destroy()
  else socket.resetAndDestroy()
}
