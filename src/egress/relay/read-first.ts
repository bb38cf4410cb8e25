import type { Socket } from 'node:net'

export interface FirstBytes<R> {
  readonly bytes: Buffer
  /** `ended`: the client closed, or took too long, before its first message was whole. */
  readonly reading: Exclude<R, { readonly kind: 'more' }> | { readonly kind: 'ended' }
}

const NOTHING = Buffer.alloc(0)

export interface FirstReading<R> {
  /** Gets everything so far, bounds its length itself. */
  readonly parse: (bytes: Buffer) => R
  readonly deadlineMs: number
  /** What has been read of it before. */
  readonly already?: Buffer
}

/** Collects what a client sends until `parse` can say something about it, and leaves the socket paused with nothing lost. */
export function readFirst<R extends { readonly kind: string }>(
  socket: Socket,
  parse: (bytes: Buffer) => R,
  deadlineMs: number,
): Promise<FirstBytes<R>> {
  return new Promise((resolve) => collectFirst(socket, { parse, deadlineMs }, resolve))
}

/** The same for whoever has thousands of clients a second: without a promise, and `onFirst` is called while the bytes come. */
export function collectFirst<R extends { readonly kind: string }>(
  socket: Socket,
  { parse, deadlineMs, already = NOTHING }: FirstReading<R>,
  onFirst: (first: FirstBytes<R>) => void,
): void {
  let bytes: Buffer = already
  const before = bytes.length === 0 ? undefined : parse(bytes)
  if (before !== undefined && before.kind !== 'more') {
    onFirst({ bytes, reading: before as FirstBytes<R>['reading'] })
    return
  }
  // It has said all it will, before anybody listened.
  if (socket.readableEnded || socket.destroyed) {
    onFirst({ bytes, reading: { kind: 'ended' } })
    return
  }
  const end = (reading: FirstBytes<R>['reading']): void => {
    clearTimeout(timer)
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('close', onEnd)
    socket.pause()
    onFirst({ bytes, reading })
  }
  const onEnd = (): void => end({ kind: 'ended' })
  const onData = (more: Buffer): void => {
    bytes = bytes.length === 0 ? more : Buffer.concat([bytes, more])
    const reading = parse(bytes)
    if (reading.kind !== 'more') end(reading as FirstBytes<R>['reading'])
  }
  const timer = setTimeout(onEnd, deadlineMs)
  socket.on('data', onData)
  socket.on('end', onEnd)
  socket.on('close', onEnd)
  socket.resume()
}
