import { createCipheriv, createHash } from 'node:crypto'

/** One request of the soak, known by its id in the path wherever it comes by. */
export interface Shot {
  readonly id: string
  /** `http://127.0.0.1:port` of the sidecar's provider. */
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of the body that goes up or comes down. */
  readonly size: number
}

/** What the client saw, in the words of the table of kinds. */
export type Sighting = string

/** Bytes that only this id has: what arrives damaged, cut or mixed up with another request is seen. */
export function createBytes(id: string, size: number): Buffer {
  const key = createHash('sha256').update(id).digest()
  return createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16)).update(Buffer.alloc(size))
}

export function digest(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The text of a whole event stream, the same on both sides. */
export function renderEvents(id: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `data: {"id":"${id}","n":${at}}\n\n`)
}
