import { openSync, readFileSync, writeSync } from 'node:fs'
import { CONTENDER_CORE, LOAD_CORE, startProgram } from './children.ts'

export interface Awake {
  /** What keeps the cores awake, in one sentence. */
  readonly means: string
  /** Processes that were started for it. */
  readonly pids: readonly number[]
}

const LATENCY = '/dev/cpu_dma_latency'
const IDLE_DRIVER = '/sys/devices/system/cpu/cpuidle/current_driver'

/**
 * A halted virtual core is woken through the host, which can make latencies at low load a hundred times worse and says
 * nothing about the contenders. The kernel is asked for no latency at all, so that its idle loop polls (the quality of service
 * interface of power management). Where it cannot be asked, one endless loop of idle scheduling class per core keeps it awake; that is
 * second best, because the scheduler now and then prefers the loop to somebody who has just been pushed aside, until the next tick.
 */
export function keepAwake(): Awake {
  if (askForNoLatency()) return { means: 'The idle loop of the kernel polls, so no core is ever halted.', pids: [] }
  const pids = [LOAD_CORE, CONTENDER_CORE].map((core) => {
    const child = startProgram({ command: 'chrt', args: ['--idle', '0', process.execPath, '-e', 'for(;;);'], core })
    return child.pid ?? 0
  })
  return {
    means: 'A loop of idle scheduling class keeps each core awake, which makes rare delays of a few milliseconds.',
    pids,
  }
}

/** The wish holds for as long as the descriptor is open: until this process ends. */
function askForNoLatency(): boolean {
  try {
    if (['', 'none'].includes(readFileSync(IDLE_DRIVER, 'utf8').trim())) return false
    writeSync(openSync(LATENCY, 'w'), Buffer.alloc(4))
    return true
  } catch {
    return false
  }
}
