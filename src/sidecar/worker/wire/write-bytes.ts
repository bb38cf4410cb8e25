import type { Socket } from 'node:net'
import { findOwner } from './read-buffer.ts'

/** Writes bytes that may lie in a read buffer: they are copied, or their buffer is not read into until they have left. */
export function writeBytes(socket: Socket, bytes: Buffer): void {
  const owner = findOwner(bytes)
  if (owner === undefined) socket.write(bytes)
  else if (bytes.length <= PIECE_BYTES) writePiece(socket, bytes, BARE)
  else if (owner.isShared) socket.write(Buffer.from(bytes))
  else {
    const giveBack = owner.lend()
    socket.write(bytes, giveBack)
    // The system took them at once, which is the rule.
    if (socket.writableLength === 0) giveBack()
  }
}

/** Writes bytes between two texts of Latin-1, together: one system call, one TLS record. */
export function writeFramed(socket: Socket, bytes: Buffer, frame: Frame): void {
  const { before, after } = frame
  if (before.length + bytes.length + after.length <= PIECE_BYTES) {
    writePiece(socket, bytes, frame)
    return
  }
  socket.cork()
  if (before !== '') socket.write(before, 'latin1')
  writeBytes(socket, bytes)
  if (after !== '') socket.write(after, 'latin1')
  socket.uncork()
}

function writePiece(socket: Socket, bytes: Buffer, { before, after }: Frame): void {
  const piece = free.pop() ?? createPiece()
  const { bytes: target } = piece
  if (before !== '') target.write(before, 0, 'latin1')
  bytes.copy(target, before.length)
  const end = before.length + bytes.length
  if (after !== '') target.write(after, end, 'latin1')
  socket.write(target.subarray(0, end + after.length), piece.giveBack)
}

interface Frame {
  readonly before: string
  readonly after: string
}

const BARE: Frame = { before: '', after: '' }

/** Memory for what leaves in one piece; most heads with their bodies fit. It is used again when the piece has left. */
interface Piece {
  readonly bytes: Buffer
  readonly giveBack: () => void
}

const PIECE_BYTES = 8 * 1024
const MOST_FREE = 128
const free: Piece[] = []

function createPiece(): Piece {
  const piece = {
    bytes: Buffer.allocUnsafeSlow(PIECE_BYTES),
    giveBack: () => {
      if (free.length < MOST_FREE) free.push(piece)
    },
  }
  return piece
}

/** True when the socket holds more than it should; it says 'drain' when it has got rid of it. */
export function isCongested(socket: Socket): boolean {
  return socket.writableNeedDrain && socket.writableLength > 0
}
