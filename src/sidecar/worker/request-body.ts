import type { IncomingMessage } from 'node:http'

/** A body up to this size is collected and sent with the head in one write; a larger one streams with flat memory. */
export const HELD_BODY_BYTES = 256 * 1024

/** `Buffer`: held whole, may be replayed. The request itself: streams, once. */
export type RequestBody = Buffer | IncomingMessage | null

/**
 * Gives the body in the form it will be sent. Calls back synchronously when there is none.
 * @param done never called when the client leaves before a held body is complete.
 */
export function readRequestBody(request: IncomingMessage, done: (body: RequestBody) => void): void {
  const { headers } = request
  const length = headers['content-length']
  if (length === undefined && headers['transfer-encoding'] === undefined) {
    done(null)
    return
  }
  const size = Number(length)
  if (size === 0) done(null)
  else if (size <= HELD_BODY_BYTES) collect(request, size, done)
  else done(request)
}

function collect(request: IncomingMessage, size: number, done: (body: Buffer) => void): void {
  const first = request.read() as Buffer | null
  const chunks: Buffer[] = first === null ? [] : [first]
  let received = first?.length ?? 0
  if (received === size && first !== null) {
    request.resume()
    done(first)
    return
  }
  request.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    received += chunk.length
    if (received === size) done(chunks.length === 1 ? chunk : Buffer.concat(chunks, size))
  })
}
