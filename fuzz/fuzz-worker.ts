import { parentPort, workerData } from 'node:worker_threads'
import { renderFailure, runTarget } from './engine/run-target.ts'
import { findTarget } from './targets/all-targets.ts'
import { type FuzzOrder, type FuzzReport, INPUT_AT } from './worker-message.ts'

/** The thread that fuzzes one target: a parser that never ends is seen from outside. */
const order = workerData as FuzzOrder
const target = findTarget(order.target)
const numbers = new Int32Array(order.progress, 0, 2)
const bytes = new Uint8Array(order.progress, INPUT_AT)

const start = performance.now()
const spent = (): number => (performance.now() - start) / 1000
const heap = (): number => Math.round(process.memoryUsage().heapUsed / 2 ** 20)
let early = 0

const result = await runTarget(target, {
  seed: order.seed,
  isOver: (iteration) => {
    if (early === 0 && spent() > order.seconds / 4) early = heap()
    return order.inputs === undefined ? spent() > order.seconds : iteration >= order.inputs
  },
  onInput: (input, iteration) => {
    bytes.set(input)
    Atomics.store(numbers, 1, input.length)
    Atomics.store(numbers, 0, iteration)
  },
})
const report: FuzzReport = {
  executions: result.executions,
  ms: result.ms,
  words: [...result.words],
  missed: target.mustReach.filter((word) => !result.words.has(word)),
  heap: [early, heap()],
  failure: result.failure === undefined ? undefined : renderFailure(target, result.failure),
}
parentPort?.postMessage(report)
