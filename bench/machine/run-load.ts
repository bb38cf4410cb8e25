import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { LoadJob, LoadResult } from '../load/jobs.ts'
import { LOAD_CORE, readFirstLine, startProgram, stopProgram } from './children.ts'

const LOAD_PROGRAM = join(import.meta.dirname, '..', 'load', 'load.ts')
const LONGEST_MS = 60_000

/** Runs one load job in a process of its own. Throws when it fails; its own stderr has said why. */
export async function runLoad(job: LoadJob, isRealTime = false): Promise<LoadResult> {
  const child = startLoad(job, isRealTime)
  child.stdin?.end()
  const giveUp = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS)
  try {
    return JSON.parse(await readFirstLine(child)) as LoadResult
  } finally {
    clearTimeout(giveUp)
    await stopProgram(child)
  }
}

/** Opens idle streams and calls `look` while they are open. */
export async function runIdleLoad(job: LoadJob & { kind: 'idle' }, look: () => void): Promise<void> {
  const child = startLoad(job)
  try {
    await readFirstLine(child)
    look()
  } finally {
    await stopProgram(child)
  }
}

function startLoad(job: LoadJob, isRealTime = false): ChildProcess {
  const args = [LOAD_PROGRAM, JSON.stringify(job)]
  const { namespace } = job.target
  const network = namespace === undefined ? {} : { namespace }
  return startProgram({ command: process.execPath, args, core: LOAD_CORE, isRealTime, ...network })
}
