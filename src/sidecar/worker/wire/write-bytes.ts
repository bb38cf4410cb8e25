import type { Socket } from 'node:net'
import { findOwner } from './read-buffer.ts'

/** Up to this many bytes are copied into one piece with what stands around them: one system call, one TLS record. */
const JOINED_BYTES = 16 * 1024

/** Writes bytes that may lie in a read buffer: they are copied, or their buffer is not read into until they have left. */
export function writeBytes(socket: Socket, bytes: Buffer): void {
  const owner = findOwner(bytes)
  if (owner === undefined) {
    socket.write(bytes)
    return
  }
  if (owner.isShared || bytes.length < JOINED_BYTES) {
    socket.write(Buffer.from(bytes))
    return
  }
  const giveBack = owner.lend()
  socket.write(bytes, giveBack)
  // The system took them at once, which is the rule.
  if (socket.writableLength === 0) giveBack()
}

/** Writes bytes between two texts of Latin-1, together. */
export function writeFramed(socket: Socket, bytes: Buffer, frame: { readonly before: string; readonly after: string }) {
  const { before, after } = frame
  if (bytes.length > JOINED_BYTES) {
    socket.cork()
    if (before !== '') socket.write(before, 'latin1')
    writeBytes(socket, bytes)
    if (after !== '') socket.write(after, 'latin1')
    socket.uncork()
    return
  }
  const joined = Buffer.allocUnsafe(before.length + bytes.length + after.length)
  if (before !== '') joined.write(before, 0, 'latin1')
  bytes.copy(joined, before.length)
  if (after !== '') joined.write(after, before.length + bytes.length, 'latin1')
  socket.write(joined)
}

/** True when the socket holds more than it should; it says 'drain' when it has got rid of it. */
export function isCongested(socket: Socket): boolean {
  return socket.writableNeedDrain && socket.writableLength > 0
}
