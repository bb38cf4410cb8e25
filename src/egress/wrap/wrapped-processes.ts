import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { parseProcessStat } from '../../core/process-stat.ts'

/** Most descriptors that are looked at for one connection: the name of a program is worth this much time and no more. */
const MAX_LOOKS = 5000

export interface Program {
  readonly pid: number
  readonly program: string | null
}

/**
 * The processes of the command, seen from outside its process namespace, where the bridge lives.
 * @param waiting pid of the process that the bridge started to set the command apart
 */
export function createWrappedProcesses(waiting: number): {
  /** The process that holds a socket; the last one that did is asked first. */
  readonly findHolder: (inode: number) => Program | undefined
  /** The command itself, for signals; undefined before it runs. */
  readonly findCommand: () => number | undefined
} {
  let last: number | undefined
  let hasBegun = false
  return {
    findHolder(inode) {
      const looks = { left: MAX_LOOKS }
      const isHolder = (pid: number): boolean => holdsSocket(pid, `socket:[${inode}]`, looks)
      if (last === undefined || !isHolder(last)) last = listDescendants(waiting).find(isHolder)
      return last === undefined ? undefined : { pid: last, program: readProgram(last) }
    },
    findCommand() {
      const found = findCommand(waiting)
      hasBegun ||= found !== undefined && !isDeaf(found)
      return hasBegun ? found : undefined
    },
  }
}

/**
 * Both ways of setting apart end in one process that waits (number 1 of the namespace) and has the command as its first child.
 * Orphans become its children too, but later. Before the command runs, that child is a program of the setting apart itself.
 */
function findCommand(waiting: number): number | undefined {
  let init: number | undefined = waiting
  while (init !== undefined && !isInit(init)) init = listChildren(init)[0]
  if (init === undefined) return undefined
  return listChildren(init).sort((one, other) => readStart(one) - readStart(other))[0]
}

/** HUP, INT, QUIT, USR1, USR2 and TERM, as bits of the kernel's masks. */
const SIGNALS = [1, 2, 3, 10, 12, 15].reduce((mask, number) => mask | (1n << BigInt(number - 1)), 0n)

/** What sets the command apart ignores them all; the command begins with none ignored, and a signal sent before would be lost. */
function isDeaf(pid: number): boolean {
  return (BigInt(`0x${readLine(pid, 'SigIgn') ?? '0'}`) & SIGNALS) === SIGNALS
}

function isInit(pid: number): boolean {
  return readLine(pid, 'NSpid')?.split(/\s+/).at(-1) === '1'
}

function readStart(pid: number): number {
  return Number(parseProcessStat(read(`/proc/${pid}/stat`))?.startTime ?? 0)
}

function readLine(pid: number, name: string): string | undefined {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(read(`/proc/${pid}/status`))?.[1]
}

function listDescendants(pid: number): number[] {
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const children = listChildren(next)
    found.push(...children)
    queue.push(...children)
  }
  return found
}

/** Any thread may have started a child. */
function listChildren(pid: number): number[] {
  const threads = list(`/proc/${pid}/task`)
  return threads.flatMap((thread) =>
    read(`/proc/${pid}/task/${thread}/children`)
      .split(' ')
      .filter((text) => text !== '')
      .map(Number),
  )
}

function holdsSocket(pid: number, name: string, looks: { left: number }): boolean {
  // Newest first: a socket that was just opened has a high number.
  return list(`/proc/${pid}/fd`)
    .reverse()
    .some((fd) => {
      looks.left -= 1
      return looks.left >= 0 && readLink(`/proc/${pid}/fd/${fd}`) === name
    })
}

function readProgram(pid: number): string | null {
  const program = readLink(`/proc/${pid}/exe`)
  return program === '' ? null : program
}

// A process may be gone at any moment; then there is nothing to read.
function quietly<T>(run: () => T, otherwise: T): T {
  try {
    return run()
  } catch {
    return otherwise
  }
}

const list = (directory: string): string[] => quietly(() => readdirSync(directory), [])
const read = (file: string): string => quietly(() => readFileSync(file, 'utf8'), '')
const readLink = (file: string): string => quietly(() => readlinkSync(file), '')
