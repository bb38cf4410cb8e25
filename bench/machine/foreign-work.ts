import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { readCpu } from './processes.ts'

/** Nanoseconds of one tick of /proc/stat (100 Hz on every Linux that Node runs on). */
const TICK_NS = 10_000_000

/** A look at the clocks; two of them tell what others took in between. */
export interface WorkMark {
  readonly busy: number
  readonly own: number
  readonly at: bigint
}

/** @param own processes that belong to the measurement and live on. */
export function markWork(own: readonly number[]): WorkMark {
  return { busy: readBusy(), own: readCpu(own), at: process.hrtime.bigint() }
}

/**
 * Share of the machine's processor time that went to others since the mark.
 * @param endedOwn nanoseconds used by processes of the measurement that have ended in between.
 */
export function deriveForeignShare(mark: WorkMark, own: readonly number[], endedOwn: number): number {
  const now = markWork(own)
  const foreign = now.busy - mark.busy - (now.own - mark.own) - endedOwn
  return Math.max(0, foreign / Number(now.at - mark.at) / cpus().length)
}

function readBusy(): number {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0, stolen = 0] = fields
  return (user + nice + system + interrupt + softInterrupt + stolen) * TICK_NS
}
