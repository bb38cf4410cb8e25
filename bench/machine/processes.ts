import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** What the kernel says processes cost. Linux only: the bench refuses to run elsewhere. */

/** Processor nanoseconds of all threads of all processes so far. */
export function readCpu(pids: readonly number[]): number {
  return sum(
    pids.flatMap((pid) => readThreads(pid).map((thread) => readRunTime(`/proc/${pid}/task/${thread}/schedstat`))),
  )
}

/** Resident memory in KiB, now and at its highest since {@link resetPeak}; `pss` counts shared pages by their share. */
export function readMemory(pids: readonly number[]): {
  readonly rss: number
  readonly pss: number
  readonly peak: number
} {
  const read = (file: string, field: string): number => sum(pids.map((pid) => readField(`/proc/${pid}/${file}`, field)))
  return { rss: read('status', 'VmRSS'), pss: read('smaps_rollup', 'Pss'), peak: read('status', 'VmHWM') }
}

export function resetPeak(pids: readonly number[]): void {
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** The process and everything it started, as far as it lives. */
export function listTree(pid: number): readonly number[] {
  const children = readThreads(pid).flatMap((thread) => readText(`/proc/${pid}/task/${thread}/children`).split(' '))
  return [pid, ...children.filter((text) => text !== '').flatMap((text) => listTree(Number(text)))]
}

function readThreads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

const readRunTime = (path: string): number => Number(readText(path).split(' ')[0] ?? 0)

function readField(path: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readText(path))?.[1] ?? Number.NaN)
}

// A thread or process may end between listing and reading.
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
