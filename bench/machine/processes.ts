import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** What the kernel says processes cost. Linux only: the bench refuses to run elsewhere. */

/** Processor nanoseconds of all threads of all processes so far. */
export function readCpu(pids: readonly number[]): number {
  return sum(
    pids.flatMap((pid) => readThreads(pid).map((thread) => readRunTime(`/proc/${pid}/task/${thread}/schedstat`))),
  )
}

export interface Memory {
  /** Sum over the processes, as each of them reports it. */
  readonly rss: number
  /** The same with file pages (the node binary above all) counted once, because the processes share them. */
  readonly resident: number
  /** Sum of the highest RSS since {@link resetPeak}, likewise with file pages counted once. */
  readonly peak: number
}

/** Memory of a contender in KiB. */
export function readMemory(pids: readonly number[]): Memory {
  const status = pids.map((pid) => readText(`/proc/${pid}/status`))
  const total = (field: string): number => sum(status.map((text) => readField(text, field)))
  const files = status.map((text) => readField(text, 'RssFile'))
  const shared = sum(files) - Math.max(0, ...files)
  return { rss: total('VmRSS'), resident: total('VmRSS') - shared, peak: total('VmHWM') - shared }
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

function readField(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN)
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
