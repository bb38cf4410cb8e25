import { createHash } from 'node:crypto'

/** The WebSocket wire format (RFC 6455), as much of it as a fake server needs: no extensions, whole text frames out. */
export interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly payload: Buffer
}

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

export function deriveAcceptKey(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** Renders one unmasked frame, as a server sends it. */
export function renderFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head = length < 126 ? Buffer.from([length]) : length < 65536 ? Buffer.alloc(3) : Buffer.alloc(9)
  if (head.length === 3) {
    head[0] = 126
    head.writeUInt16BE(length, 1)
  } else if (head.length === 9) {
    head[0] = 127
    head.writeBigUInt64BE(BigInt(length), 1)
  }
  return Buffer.concat([Buffer.from([0x80 | opcode]), head, payload])
}

/** A parser with memory: give it bytes as they come, get the frames that became complete. */
export function createFrameParser(): (chunk: Buffer) => Frame[] {
  let held: Buffer = Buffer.alloc(0)
  return (chunk) => {
    held = Buffer.concat([held, chunk])
    const frames: Frame[] = []
    for (let next = parseFrame(held); next !== undefined; next = parseFrame(held)) {
      frames.push(next.frame)
      held = held.subarray(next.size)
    }
    return frames
  }
}

function parseFrame(bytes: Buffer): { readonly frame: Frame; readonly size: number } | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const short = second & 0x7f
  const lengthEnd = short < 126 ? 2 : short === 126 ? 4 : 10
  const masked = (second & 0x80) !== 0
  const start = lengthEnd + (masked ? 4 : 0)
  if (bytes.length < start) return undefined
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < start + length) return undefined
  const payload = Buffer.from(bytes.subarray(start, start + length))
  if (masked) unmask(payload, bytes.subarray(lengthEnd, start))
  return { frame: { opcode: first & 0x0f, fin: (first & 0x80) !== 0, payload }, size: start + length }
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let index = 0; index < payload.length; index += 1) {
    payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0)
  }
}
