import type { Contender } from '../contenders/contender.ts'
import type { LoadJob, LoadResult } from '../load/jobs.ts'
import { deriveForeignShare, markWork } from '../machine/foreign-work.ts'
import { readCpu, readMemory, resetPeak } from '../machine/processes.ts'
import { runLoad } from '../machine/run-load.ts'
import { setRealTime } from '../machine/scheduling.ts'
import type { Sample } from './samples.ts'

/** How long the rows run. */
export interface Effort {
  readonly seconds: number
  readonly times: number
  readonly flatBytes: number
  readonly pacedEvents: number
}

export interface RowSetting {
  readonly effort: Effort
  readonly upstreamPid: number
  /** Further processes of the bench that run meanwhile. */
  readonly helperPids: readonly number[]
}

export interface LoadRow {
  readonly id: string
  readonly title: string
  readonly unit: 'requests' | 'events' | 'messages' | 'bytes'
  /** Measured in the real-time class where that is allowed. */
  readonly isLatency?: true
  readonly job: (contender: Contender, effort: Effort) => LoadJob
}

const MIB = 1024 * 1024

const small = (connections: number): LoadRow => ({
  id: `small-${connections}`,
  title: `small POST, 2 KB each way, TLS upstream, ${connections} ${connections === 1 ? 'connection' : 'connections'}`,
  unit: 'requests',
  ...(connections === 1 ? { isLatency: true } : {}),
  job: ({ tls }, { seconds }) => ({ kind: 'small', target: tls, connections, seconds }),
})

const paced = (streams: number, intervalMs: number): LoadRow => ({
  id: `paced-${streams}`,
  title: `SSE over TLS, ${streams === 1 ? '1 stream' : `${streams} streams`}, an event each ${intervalMs} ms: delay`,
  unit: 'events',
  isLatency: true,
  job: ({ tls }, { pacedEvents }) => ({ kind: 'paced', target: tls, streams, events: pacedEvents, intervalMs }),
})

const flat = (side: 'plain' | 'tls'): LoadRow => ({
  id: `flat-${side}`,
  title: `SSE flat out, 32 streams, ${side} upstream`,
  unit: 'bytes',
  job: (contender, { flatBytes }) => ({ kind: 'flat', target: contender[side], streams: 32, bytes: flatBytes }),
})

const upload = (side: 'plain' | 'tls'): LoadRow => ({
  id: `upload-${side}`,
  title: `8 MB uploads, 8 at once, ${side} upstream`,
  unit: 'bytes',
  job: (contender, { times }) => ({ kind: 'upload', target: contender[side], connections: 8, bytes: 8 * MIB, times }),
})

const download = (side: 'plain' | 'tls'): LoadRow => ({
  id: `download-${side}`,
  title: `64 MB downloads, one at a time, ${side} upstream`,
  unit: 'bytes',
  job: (contender, { times }) => ({
    kind: 'download',
    target: contender[side],
    connections: 1,
    bytes: 64 * MIB,
    times,
  }),
})

/** Rows that every contender runs in every round. */
export const LOAD_ROWS: readonly LoadRow[] = [
  small(1),
  small(16),
  small(64),
  paced(1, 2),
  paced(32, 5),
  flat('plain'),
  flat('tls'),
  upload('plain'),
  upload('tls'),
  download('plain'),
  download('tls'),
  {
    id: 'websocket-16',
    title: 'WebSocket echo, TLS upstream, 16 connections',
    unit: 'messages',
    job: ({ tls }, { seconds }) => ({ kind: 'websocket', target: tls, connections: 16, seconds }),
  },
]

/** Runs one row against one contender and reads what it cost. */
export async function runRow(row: LoadRow, contender: Contender, setting: RowSetting): Promise<Sample> {
  const pids = contender.pids()
  const involved = [...pids, setting.upstreamPid]
  const isRealTime = row.isLatency === true && setRealTime(involved, true)
  if (row.unit === 'bytes') resetPeak(pids)
  const own = [...involved, ...setting.helperPids]
  const mark = markWork(own)
  const before = readCpu(pids)
  try {
    const result = await runLoad(row.job(contender, setting.effort), isRealTime)
    const nanoseconds = readCpu(pids) - before
    const foreign = deriveForeignShare(mark, own, result.ownCpu ?? 0)
    return { ...renderRate(row, result), ...renderCost(row, result, { nanoseconds, pids }), foreign }
  } finally {
    if (isRealTime) setRealTime(involved, false)
  }
}

function renderRate(row: LoadRow, result: LoadResult): Sample {
  const rate = result.count / result.seconds / (row.unit === 'bytes' ? 1e6 : 1)
  if (result.p50 === undefined || result.p99 === undefined) return { rate }
  return row.unit === 'events' ? { p50: result.p50, p99: result.p99 } : { rate, p50: result.p50, p99: result.p99 }
}

type Cost = { readonly nanoseconds: number; readonly pids: readonly number[] }

function renderCost(row: LoadRow, result: LoadResult, { nanoseconds, pids }: Cost): Sample {
  if (pids.length === 0) return {}
  // Nanoseconds per byte and seconds per GB are the same number.
  const cpu = nanoseconds / result.count / (row.unit === 'bytes' ? 1 : 1000)
  return row.unit === 'bytes' ? { cpu, peak: readMemory(pids).peak / 1024 } : { cpu }
}
