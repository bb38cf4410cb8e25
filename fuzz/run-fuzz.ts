import { Worker } from 'node:worker_threads'
import type { FuzzArguments } from './arguments.ts'
import { renderBytes } from './engine/run-target.ts'
import { findTarget, TARGETS } from './targets/all-targets.ts'
import { type FuzzOrder, type FuzzReport, INPUT_AT, PROGRESS_BYTES } from './worker-message.ts'

/** A single input that takes this long never ends. Shrinking a failure may take a while, too. */
const STUCK_SECONDS = 60

export type Say = (text: string) => void

/** Fuzzes the targets one after another. @returns whether all of them held. */
export async function runFuzz({ targets, seed, seconds, inputs }: FuzzArguments, say: Say): Promise<boolean> {
  const chosen = targets.length === 0 ? TARGETS : targets.map(findTarget)
  say(
    `seed ${seed}, ${inputs === undefined ? `${seconds} s` : `${inputs} inputs`} for each of ${chosen.length} targets`,
  )
  say(`${'target'.padEnd(18)}${'inputs'.padStart(12)}${'per second'.padStart(12)}${'heap MiB'.padStart(12)}  became`)
  let hasHeld = true
  for (const { name } of chosen) {
    const report = await runWorker({
      target: name,
      seed,
      seconds,
      inputs,
      progress: new SharedArrayBuffer(PROGRESS_BYTES),
    })
    hasHeld &&= report.failure === undefined
    say(renderLine(name, report))
    if (report.failure !== undefined) say(`\n${report.failure}\n`)
  }
  return hasHeld
}

function renderLine(name: string, { executions, ms, words, missed, heap }: FuzzReport): string {
  const rate = ms === 0 ? 0 : Math.round((executions / ms) * 1000)
  const most = [...words].sort((left, right) => right[1] - left[1]).slice(0, 6)
  const became = most.map(([word, count]) => `${word} ${count}`).join(', ')
  const never = missed.length === 0 ? '' : `; never ${missed.join(', ')}`
  const figures = [String(executions), String(rate), heap.join('→')].map((text) => text.padStart(12)).join('')
  return `${name.padEnd(18)}${figures}  ${became}${never}`
}

async function runWorker(order: FuzzOrder): Promise<FuzzReport> {
  const worker = new Worker(new URL('./fuzz-worker.ts', import.meta.url), { workerData: order })
  const { promise, resolve, reject } = Promise.withResolvers<FuzzReport>()
  const timer = watch(order, resolve)
  worker.once('message', resolve)
  worker.once('error', reject)
  worker.once('exit', (code) =>
    reject(new Error(`The thread of ${order.target} ended with ${code} and without a report`)),
  )
  try {
    return await promise
  } finally {
    clearInterval(timer)
    await worker.terminate()
  }
}

function watch(order: FuzzOrder, onStuck: (report: FuzzReport) => void): NodeJS.Timeout {
  const numbers = new Int32Array(order.progress, 0, 2)
  let [last, since] = [-1, 0]
  return setInterval(() => {
    const now = Atomics.load(numbers, 0)
    since = now === last ? since + 1 : 0
    last = now
    if (since >= STUCK_SECONDS) onStuck(renderStuck(order, now, Atomics.load(numbers, 1)))
  }, 1000)
}

function renderStuck(order: FuzzOrder, executions: number, length: number): FuzzReport {
  const input = Buffer.from(new Uint8Array(order.progress, INPUT_AT, length).slice())
  const failure = `${order.target} has not ended with input ${executions} of seed ${order.seed}:\n${renderBytes(input)}`
  return { executions, ms: 0, words: [], missed: [], heap: [0, 0], failure }
}
