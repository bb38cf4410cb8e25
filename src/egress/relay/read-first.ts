import type { Socket } from 'node:net'

export interface FirstBytes<R> {
  readonly bytes: Buffer
  /** `ended`: the client closed, or took too long, before its first message was whole. */
  readonly reading: Exclude<R, { readonly kind: 'more' }> | { readonly kind: 'ended' }
}

/**
 * Collects what a client sends until `parse` can say something about it, and leaves the socket paused with nothing lost.
 * @param parse gets everything so far, bounds its length itself
 */
export function readFirst<R extends { readonly kind: string }>(
  socket: Socket,
  parse: (bytes: Buffer) => R,
  deadlineMs: number,
): Promise<FirstBytes<R>> {
  const { promise, resolve } = Promise.withResolvers<FirstBytes<R>>()
  let bytes: Buffer = Buffer.alloc(0)
  const end = (reading: FirstBytes<R>['reading']): void => {
    clearTimeout(timer)
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('close', onEnd)
    socket.pause()
    resolve({ bytes, reading })
  }
  const onEnd = (): void => end({ kind: 'ended' })
  const onData = (more: Buffer): void => {
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more])
    const reading = parse(bytes)
    if (reading.kind !== 'more') end(reading as FirstBytes<R>['reading'])
  }
  const timer = setTimeout(onEnd, deadlineMs)
  socket.on('data', onData)
  socket.once('end', onEnd)
  socket.once('close', onEnd)
  socket.resume()
  return promise
}
