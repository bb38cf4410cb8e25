import type { Socket } from 'node:net'

const LINGER_MS = 2000

/**
 * Writes last bytes and closes. What the client is still sending is read and dropped for a moment: closing over unread bytes is
 * a reset, which would take our last bytes from it.
 */
export function closePolitely(socket: Socket, bytes: Buffer | string): void {
  if (socket.destroyed) return
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
  socket.once('close', () => clearTimeout(timer))
  socket.once('end', () => socket.destroySoon())
  socket.end(bytes)
  socket.resume()
}

/** A fatal TLS alert in the clear, before any key: the client reads «unrecognized name» (RFC 6066 §3). */
export const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 112])
