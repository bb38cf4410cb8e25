import { CONTENDER_CORE, LOAD_CORE, startProgram } from './children.ts'

/**
 * A halted virtual core is woken through the host, which can make latencies at low load a hundred times worse and says
 * nothing about the contenders. One endless loop of idle scheduling class per core keeps it awake and yields to everybody.
 * @returns their pids.
 */
export function startSpinners(): readonly number[] {
  return [LOAD_CORE, CONTENDER_CORE].map((core) => {
    const child = startProgram({ command: 'chrt', args: ['--idle', '0', process.execPath, '-e', 'for(;;);'], core })
    return child.pid ?? 0
  })
}
