import { readdirSync, readFileSync } from 'node:fs'

/** Pids of the living processes in whose command line `mark` stands, without this one. Linux only; elsewhere none is found. */
export function findProcesses(mark: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isMarked(name, mark))
    .map(Number)
}

function isMarked(pid: string, mark: string): boolean {
  try {
    // A zombie has no command line any more.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(mark)
  } catch {
    return false
  }
}
