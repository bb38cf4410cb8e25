import { readdirSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { readResidentMiB } from '../../__tests__/support/sidecar.ts'
import { readCpu } from '../machine/processes.ts'

export interface Sample {
  /** Seconds since the first one. */
  readonly atS: number
  readonly value: number
}

export interface Trend {
  readonly first: number
  readonly last: number
  readonly highest: number
  /** What a straight line through all samples rises from the first to the last. */
  readonly rise: number
}

/** Least squares: one late collection must not decide, nor the first and the last sample alone. */
export function deriveTrend(samples: readonly Sample[]): Trend {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined) throw new Error('There are no samples')
  const meanAt = mean(samples.map(({ atS }) => atS))
  const meanValue = mean(samples.map(({ value }) => value))
  const spread = samples.reduce((sum, { atS }) => sum + (atS - meanAt) ** 2, 0)
  const joint = samples.reduce((sum, { atS, value }) => sum + (atS - meanAt) * (value - meanValue), 0)
  const slope = spread === 0 ? 0 : joint / spread
  return {
    first: first.value,
    last: last.value,
    highest: Math.max(...samples.map(({ value }) => value)),
    rise: slope * (last.atS - first.atS),
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Samples the memory of processes until it is stopped. */
export function watchMemory(pids: readonly number[], everyMs: number): () => readonly (readonly Sample[])[] {
  const started = performance.now()
  const samples = pids.map((): Sample[] => [])
  const look = (): void => {
    const atS = (performance.now() - started) / 1000
    for (const [index, pid] of pids.entries()) samples[index]?.push({ atS, value: readResidentMiB(pid) })
  }
  look()
  const timer = setInterval(look, everyMs)
  return () => {
    clearInterval(timer)
    look()
    return samples
  }
}

export function countDescriptors(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0)
}

/** Share of one core that the processes take while nobody asks for anything. */
export async function measureIdleCpu(pids: readonly number[], milliseconds: number): Promise<number> {
  const before = readCpu(pids)
  const start = performance.now()
  await pause(milliseconds)
  return (readCpu(pids) - before) / 1e6 / (performance.now() - start)
}
