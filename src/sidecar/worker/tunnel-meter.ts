import { createInflateRaw, type InflateRaw } from 'node:zlib'
import type { TokenUsage } from '../../core/events.ts'
import { createFrameReader } from '../../core/usage/frame-reader.ts'
import { createResponsesSocketMeter } from '../../core/usage/websocket-meter.ts'
import type { MeterReading } from './meter.ts'

/** Reads usage from the frames of a tunnel as they pass; the bytes themselves are never touched. */
export interface TunnelMeter {
  fromClient(chunk: Buffer): void
  fromUpstream(chunk: Buffer): void
  read(): MeterReading
}

export interface TunnelMeterOptions {
  /** Called after each response with what it alone used. */
  readonly onUsage: (usage: TokenUsage, isFurther: boolean) => void
}

/** A message with usage is small next to this; larger ones are stepped over. */
const MAX_MESSAGE_BYTES = 1024 * 1024

export function createTunnelMeter(options: TunnelMeterOptions): TunnelMeter {
  const meter = createResponsesSocketMeter()
  let booked: TokenUsage = { input: 0, output: 0, cached: 0 }
  let responses = 0
  const book = (): void => {
    const { usage } = meter
    if (usage === undefined || meter.responses === responses) return
    responses = meter.responses
    const difference = subtract(usage, booked)
    booked = usage
    options.onUsage(difference, responses > 1)
  }
  const onServerText = (payload: Uint8Array): void => {
    meter.readServerText(payload)
    book()
  }
  const client = createFrameReader({
    masked: true,
    maxPayload: 16 * 1024,
    onText: (payload) => meter.readClientText(payload),
  })
  const inflate = createMessageInflater(onServerText)
  const server = createFrameReader({
    masked: false,
    maxPayload: MAX_MESSAGE_BYTES,
    onText: onServerText,
    onCompressed: (payload, info) => inflate.push(payload, info.isTruncated),
  })
  return {
    fromClient: (chunk) => client.push(chunk),
    fromUpstream: (chunk) => server.push(chunk),
    read: () => {
      inflate.close()
      return meter
    },
  }
}

function subtract(usage: TokenUsage, before: TokenUsage): TokenUsage {
  return {
    input: usage.input - before.input,
    output: usage.output - before.output,
    cached: usage.cached - before.cached,
  }
}

interface MessageInflater {
  push(payload: Uint8Array, isTruncated: boolean): void
  close(): void
}

const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff])
const MAX_INFLATED_BYTES = 64 * 1024 * 1024

/** permessage-deflate (RFC 7692): one window over all messages of a direction, each message flushed on its own. */
function createMessageInflater(onText: (payload: Uint8Array) => void): MessageInflater {
  let decoder: InflateRaw | undefined
  let isBroken = false
  let parts: Buffer[] = []
  let total = 0
  const stop = (): void => {
    isBroken = true
    parts = []
    decoder?.destroy()
  }
  const start = (): InflateRaw => {
    const created = createInflateRaw()
    created.on('data', (part: Buffer) => {
      total += part.length
      if (total > MAX_INFLATED_BYTES) stop()
      else parts.push(part)
    })
    created.on('error', stop)
    return created
  }
  return {
    push: (payload, isTruncated) => {
      if (isTruncated) stop()
      if (isBroken) return
      decoder ??= start()
      decoder.write(Buffer.concat([payload, TAIL]))
      decoder.flush(() => {
        if (isBroken) return
        const message = Buffer.concat(parts)
        parts = []
        total = 0
        onText(message)
      })
    },
    close: () => stop(),
  }
}
