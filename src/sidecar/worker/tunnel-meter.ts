import type { TokenUsage } from '../../core/events.ts'
import { createFrameReader } from '../../core/usage/frame-reader.ts'
import { createResponsesSocketMeter } from '../../core/usage/websocket-meter.ts'
import { MessageInflater } from './message-inflater.ts'
import type { MeterReading } from './meter.ts'

/** Reads usage from the frames of a tunnel as they pass; the bytes themselves are never touched. */
export interface TunnelMeter {
  fromClient(chunk: Buffer): void
  fromUpstream(chunk: Buffer): void
  /** True once either side has sent a Close message. */
  readonly hasGoodbye: boolean
  /** Calls back once, when everything that passed has been read. */
  end(done: (reading: MeterReading) => void): void
}

export interface TunnelMeterOptions {
  /** Called for each request but the first, which the upgrade was admitted for; before its last bytes are passed on. */
  readonly onFurtherRequest: () => void
  /** Called after each response with what it alone used. */
  readonly onUsage: (usage: TokenUsage) => void
}

/** A message with usage is small next to this; larger ones are stepped over. */
const MAX_MESSAGE_BYTES = 1024 * 1024

/** Reads along in both directions of one tunnel; it changes and delays nothing. */
export function createTunnelMeter(options: TunnelMeterOptions): TunnelMeter {
  const meter = createResponsesSocketMeter()
  let booked: TokenUsage = { input: 0, output: 0, cached: 0 }
  let responses = 0
  let counted = 1
  // A response that nobody was seen to ask for costs like any other; one that reports no usage was asked for all the same.
  const count = (): void => {
    for (const seen = Math.max(meter.requests, meter.responses); counted < seen; counted += 1)
      options.onFurtherRequest()
  }
  const book = (): void => {
    const { usage } = meter
    if (usage === undefined || meter.responses === responses) return
    responses = meter.responses
    const difference = subtract(usage, booked)
    booked = usage
    count()
    options.onUsage(difference)
  }
  const onServerText = (payload: Uint8Array): void => {
    meter.readServerText(payload)
    book()
  }
  const client = createFrameReader({
    masked: true,
    maxPayload: 16 * 1024,
    onText: (payload) => {
      meter.readClientText(payload)
      count()
    },
  })
  const inflate = new MessageInflater(onServerText)
  const server = createFrameReader({
    masked: false,
    maxPayload: MAX_MESSAGE_BYTES,
    onText: onServerText,
    onCompressed: (payload, info) => inflate.push(payload, info.isTruncated),
  })
  return {
    fromClient: (chunk) => client.push(chunk),
    fromUpstream: (chunk) => server.push(chunk),
    get hasGoodbye() {
      return client.isClosed || server.isClosed
    },
    end: (done) => inflate.close(() => done(meter)),
  }
}

function subtract(usage: TokenUsage, before: TokenUsage): TokenUsage {
  return {
    input: usage.input - before.input,
    output: usage.output - before.output,
    cached: usage.cached - before.cached,
  }
}
