import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'

const POLL_MS = 100

/**
 * A program that enters namespaces stops itself when its child is stopped, and then misses its end: what the guard ends it stops first,
 * so that nothing gets away. Wakes such a program once its child is dead, until it is gone itself.
 */
export function keepReaping(child: ChildProcess): void {
  const timer = setInterval(() => {
    const { pid } = child
    if (pid === undefined || readState(pid) !== 'T') return
    if (listChildren(pid).every((each) => readState(each) === 'Z')) child.kill('SIGCONT')
  }, POLL_MS)
  timer.unref()
  child.once('exit', () => clearInterval(timer))
}

/** One letter, as in proc_pid_stat(5); undefined when it is gone. */
function readState(pid: number): string | undefined {
  return /^State:\s*(\w)/m.exec(read(`/proc/${pid}/status`))?.[1]
}

function listChildren(pid: number): number[] {
  return [...read(`/proc/${pid}/task/${pid}/children`).matchAll(/\d+/g)].map(([each]) => Number(each))
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
