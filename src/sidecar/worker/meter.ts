import type { TokenUsage } from '../../core/events.ts'
import { createJsonMeter } from '../../core/usage/json-meter.ts'
import { createSseMeter } from '../../core/usage/sse-meter.ts'
import type { UsageMeter } from '../../core/usage/usage-meter.ts'
import { createDecoder, type Decoder, parseCodings } from './content-codings.ts'

export interface MeterReading {
  readonly usage: TokenUsage | undefined
  readonly model: string | undefined
}

/** Reads a copy of the passing bytes; never delays them. */
export interface BodyMeter {
  /** @param chunk valid during the call only; with `isLast` until the end that follows it. */
  push(chunk: Buffer, isLast?: boolean): void
  /** Calls back once, when everything pushed has been read. */
  end(done: (reading: MeterReading) => void): void
}

export interface MeterSubject {
  readonly contentType: string
  /** False when the request already named its model. */
  readonly wantsModel: boolean
  readonly contentEncoding: string
}

/** Which of the two formats called `deflate` is read: where a body has to be changed, AnswerDecoder looks. */
const ZLIB_FIRST_BYTE = 0x78

/** A meter for a response, or undefined when its type carries no usage. */
export function createBodyMeter(subject: MeterSubject): BodyMeter | undefined {
  const meter = createUsageMeter(subject)
  if (meter === undefined) return undefined
  const codings = parseCodings(subject.contentEncoding)
  const [coding, ...others] = codings ?? []
  if (codings === undefined || others.length > 0) return undefined
  return coding === undefined
    ? createPlainMeter(meter)
    : createDecodingMeter(meter, createDecoder(coding, ZLIB_FIRST_BYTE))
}

function createUsageMeter(subject: MeterSubject): UsageMeter | undefined {
  if (isEventStream(subject.contentType)) return createSseMeter()
  return /^application\/([\w.+-]+\+)?json/i.test(subject.contentType) ? createJsonMeter(subject) : undefined
}

/** Media type without parameters, so that `text/event-stream; charset=utf-8` counts too. */
export function isEventStream(contentType: string): boolean {
  return /^\s*text\/event-stream\s*(;|$)/i.test(contentType)
}

function createPlainMeter(meter: UsageMeter): BodyMeter {
  let isFirst = true
  return {
    push: (chunk, isLast = false) => {
      // The meter of JSON reads a first piece where it lies, and most answers come in one.
      meter.push(isFirst && !isLast ? Buffer.from(chunk) : chunk)
      isFirst = false
    },
    end: (done) => {
      meter.end()
      done(meter)
    },
  }
}

/** Decoded bytes a response may grow to before it is no longer read: a bomb must cost nothing. */
const MAX_DECODED_BYTES = 256 * 1024 * 1024
/** Compressed bytes that may wait for the decoder; beyond that metering of this response is given up. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024

function createDecodingMeter(meter: UsageMeter, decoder: Decoder): BodyMeter {
  let decoded = 0
  let isOver = false
  let onDone: ((reading: MeterReading) => void) | undefined
  const finish = (): void => {
    if (!isOver) meter.end()
    isOver = true
    onDone?.(meter)
    onDone = undefined
  }
  const give = (): void => {
    decoder.destroy()
    finish()
  }
  decoder.on('data', (chunk: Buffer) => {
    decoded += chunk.length
    if (decoded > MAX_DECODED_BYTES) give()
    else meter.push(chunk)
  })
  decoder.once('end', finish)
  decoder.once('error', finish)
  return {
    push: (chunk) => {
      if (isOver || decoder.destroyed) return
      if (decoder.writableLength > MAX_WAITING_BYTES) give()
      else decoder.write(Buffer.from(chunk))
    },
    end: (done) => {
      onDone = done
      if (isOver || decoder.destroyed) finish()
      else decoder.end()
    },
  }
}
