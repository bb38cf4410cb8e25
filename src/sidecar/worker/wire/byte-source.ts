/** Hears the bytes of a body as they come: data, then exactly one of end and error, unless it was detached. */
export interface ByteSink {
  /** @param bytes valid during the call only. */
  onData(bytes: Buffer): void
  onEnd(): void
  onError(error: Error): void
}

/** A body that streams. It may be attached to one sink; until then it holds its bytes back. */
export interface ByteSource {
  attach(sink: ByteSink): void
  pause(): void
  resume(): void
  /** The sink wants nothing more; what is left of the body is thrown away. Safe to call at any time. */
  detach(): void
}
