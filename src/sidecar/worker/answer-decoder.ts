import { type Coding, createDecoder, type Decoder } from './content-codings.ts'

/** Who gets the bytes of a body that is unpacked. Exactly one of `onEnd` and `onError` ends it. */
export interface UnpackSink {
  onData(bytes: Buffer): void
  /** More is taken, after a `push` that said no. */
  onDrain(): void
  onEnd(): void
  onError(error: Error): void
}

/** The bytes are not what the upstream said they were, or end too early. */
class DamagedBodyError extends Error {
  readonly code = 'UPSTREAM_ENCODING'
}

const NOTHING = Buffer.alloc(0)

/**
 * Unpacks a compressed body as it comes: each chunk is given out as far as it can be read. However much comes out of little, it
 * comes in small pieces and stops while the sink holds it back, so memory stays flat.
 */
export class AnswerDecoder {
  readonly #stages: readonly Stage[]

  /** @param codings at least one, in the order in which they were applied: the last one is undone first. */
  constructor(codings: readonly Coding[], sink: UnpackSink) {
    const stages = codings.map((coding) => new Stage(coding)).reverse()
    for (const [index, stage] of stages.entries()) {
      const before = stages[index - 1]
      const next = stages[index + 1]
      stage.sink = {
        onData: next === undefined ? sink.onData : (bytes) => void (next.push(bytes) || stage.pause()),
        onDrain: before === undefined ? sink.onDrain : () => before.resume(),
        onEnd: next === undefined ? sink.onEnd : () => next.end(),
        onError: (error) => {
          this.destroy()
          sink.onError(error)
        },
      }
    }
    this.#stages = stages
  }

  /** @returns false when no more should come before `onDrain`. */
  push(chunk: Buffer): boolean {
    return this.#stages[0]?.push(chunk) ?? true
  }

  end(): void {
    this.#stages[0]?.end()
  }

  /** Calls back when everything pushed so far was given out: the rest will never come. */
  settle(done: () => void): void {
    const steps = this.#stages.map((stage) => (then: () => void) => stage.settle(then))
    steps.reduceRight<() => void>((then, step) => () => step(then), done)()
  }

  pause(): void {
    this.#stages.at(-1)?.pause()
  }

  resume(): void {
    this.#stages.at(-1)?.resume()
  }

  destroy(): void {
    for (const stage of this.#stages) stage.destroy()
  }
}

class Stage {
  sink: UnpackSink | undefined
  readonly #coding: Coding
  #decoder: Decoder | undefined
  #pushed = 0
  /** Nothing more will be pushed. */
  #isWhole = false
  /** The compressed stream has come to its own end. */
  #isRead = false
  #isOver = false

  constructor(coding: Coding) {
    this.#coding = coding
  }

  push(chunk: Buffer): boolean {
    if (this.#isOver || chunk.length === 0) return true
    this.#pushed += chunk.length
    if (this.#isRead) {
      this.#fail()
      return true
    }
    this.#decoder ??= this.#start(chunk[0] ?? 0)
    return this.#decoder.write(chunk)
  }

  end(): void {
    if (this.#isOver) return
    this.#isWhole = true
    // A body of no bytes is an empty one, whatever its coding.
    if (this.#decoder === undefined || this.#isRead) this.#finish()
    else this.#decoder.end()
  }

  settle(done: () => void): void {
    if (this.#decoder === undefined || this.#isOver || this.#isRead) done()
    // What was unpacked last is given out in the ticks that follow.
    else this.#decoder.write(NOTHING, () => setImmediate(done))
  }

  pause(): void {
    this.#decoder?.pause()
  }

  resume(): void {
    this.#decoder?.resume()
  }

  destroy(): void {
    this.#isOver = true
    this.#decoder?.destroy()
  }

  #start(firstByte: number): Decoder {
    const decoder = createDecoder(this.#coding, firstByte)
    decoder.on('data', (bytes: Buffer) => this.#isOver || this.sink?.onData(bytes))
    decoder.on('drain', () => this.#isOver || this.sink?.onDrain())
    decoder.on('error', () => this.#fail())
    decoder.once('end', () => this.#onRead(decoder))
    return decoder
  }

  #onRead(decoder: Decoder): void {
    this.#isRead = true
    // Bytes behind the end would be lost, and with them perhaps the half of an answer.
    if (decoder.bytesWritten < this.#pushed) this.#fail()
    else if (this.#isWhole) this.#finish()
    // Nobody waits for a stream that takes no more.
    else this.sink?.onDrain()
  }

  #finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.sink?.onEnd()
  }

  #fail(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.sink?.onError(new DamagedBodyError('the compressed body is damaged'))
  }
}
