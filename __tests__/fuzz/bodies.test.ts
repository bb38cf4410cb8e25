import { createEchoScrubberTarget } from '../../fuzz/targets/echo-scrubber.ts'
import { createEventStreamTarget } from '../../fuzz/targets/event-stream.ts'
import { createFrameScrubberTarget } from '../../fuzz/targets/frame-scrubber.ts'
import { createJsonUsageTarget } from '../../fuzz/targets/json-usage.ts'
import { createRedactorTarget } from '../../fuzz/targets/redactor.ts'
import { createWebsocketMeterTarget } from '../../fuzz/targets/websocket-meter.ts'
import { createFrameReader } from '../../src/core/usage/frame-reader.ts'
import { createJsonMeter } from '../../src/core/usage/json-meter.ts'
import { createSseMeter } from '../../src/core/usage/sse-meter.ts'
import { createEchoScrubber } from '../../src/sidecar/worker/echo-scrubber.ts'
import { createFrameScrubber } from '../../src/sidecar/worker/frame-scrubber.ts'
import { holdTarget } from './hold-target.ts'

holdTarget(createEventStreamTarget(), [
  {
    defect: 'takes the end of a piece for the end of a line',
    create: () =>
      createEventStreamTarget(() => {
        const meter = createSseMeter()
        const push = meter.push.bind(meter)
        meter.push = (bytes) => push(Buffer.concat([bytes, Buffer.from('\n')]))
        return meter
      }),
  },
])

holdTarget(createJsonUsageTarget(), [
  {
    defect: 'forgets what came before',
    create: () =>
      createJsonUsageTarget(() => {
        let meter = createJsonMeter()
        return {
          push: (bytes) => {
            meter = createJsonMeter()
            meter.push(bytes)
          },
          end: () => meter.end(),
          get usage() {
            return meter.usage
          },
          get model() {
            return meter.model
          },
        }
      }),
  },
])

holdTarget(createWebsocketMeterTarget(), [
  {
    defect: 'begins anew with each piece',
    create: () =>
      createWebsocketMeterTarget((options) => ({
        push: (bytes) => createFrameReader(options).push(bytes),
        broken: undefined,
        isClosed: false,
      })),
  },
])

holdTarget(createFrameScrubberTarget(), [
  {
    defect: 'searches each piece by itself',
    create: () =>
      createFrameScrubberTarget((needles) => ({ push: (chunk) => createFrameScrubber(needles).push(chunk) })),
  },
])

holdTarget(createEchoScrubberTarget(), [
  {
    defect: 'searches each piece by itself',
    create: () =>
      createEchoScrubberTarget((needles) => ({
        push: (chunk) => {
          needles.overwrite(chunk)
          return chunk
        },
        end: () => Buffer.alloc(0),
        isHolding: false,
      })),
  },
  {
    defect: 'keeps its last bytes',
    create: () =>
      createEchoScrubberTarget((needles) => {
        const scrubber = createEchoScrubber(needles)
        return { push: (chunk) => scrubber.push(chunk), end: () => Buffer.alloc(0), isHolding: false }
      }),
  },
])

holdTarget(createRedactorTarget(), [
  {
    defect: 'knows the plain spelling only',
    create: () =>
      createRedactorTarget((secrets) => (text) => secrets.reduce((left, each) => left.replaceAll(each, '*'), text)),
  },
])
