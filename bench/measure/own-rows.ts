import type { Contender } from '../contenders/contender.ts'
import type { Sidecar } from '../contenders/ours.ts'
import { readMemory } from '../machine/processes.ts'
import { runIdleLoad, runLoad } from '../machine/run-load.ts'
import type { Sample } from './samples.ts'

/** Rows that need a fresh process: what came before would hide what they look for. */
export const IDLE_ROW = { id: 'idle-streams', title: '1,000 idle SSE streams over TLS: memory each' } as const
export const START_ROW = { id: 'start', title: 'sidecar: spawn to ready, idle memory' } as const

const IDLE_STREAMS = 1000

/** Memory that idle streams add to a contender that has done a little work before. */
export async function measureIdle(contender: Contender): Promise<Sample> {
  await runLoad({ kind: 'small', target: contender.tls, connections: 16, seconds: 0.3 })
  const before = readMemory(contender.pids()).rss
  let during = 0
  await runIdleLoad({ kind: 'idle', target: contender.tls, streams: IDLE_STREAMS }, () => {
    during = readMemory(contender.pids()).rss
  })
  return { perStream: (during - before) / IDLE_STREAMS, rss: during / 1024 }
}

/** Start and idle memory of a sidecar that has served nothing yet; one sample for the whole, one per process. */
export function readStart(sidecar: Sidecar): ReadonlyMap<string, Sample> {
  const pids = sidecar.pids()
  const [supervisor = 0, worker = 0] = pids
  const read = (chosen: readonly number[]): Sample => {
    const { rss, resident } = readMemory(chosen)
    return { rss: rss / 1024, resident: resident / 1024 }
  }
  return new Map([
    ['ours', { ...read(pids), ms: sidecar.readyMs }],
    ['supervisor', read([supervisor])],
    ['worker', read([worker])],
  ])
}
