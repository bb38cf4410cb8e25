import { readdirSync, readFileSync } from 'node:fs'

/**
 * Pids of the sidecars that steps of this test process have started and that still live. They are known by the one process they
 * watch, which is the parent of the step: this one. Linux only; elsewhere the list is empty.
 */
export function listSidecars(): number[] {
  if (process.platform !== 'linux') return []
  const mark = `runner=${process.pid}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && readArguments(name).includes(mark))
    .map(Number)
}

function readArguments(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}
