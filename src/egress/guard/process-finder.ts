import { readdirSync, readlinkSync, statSync } from 'node:fs'
import { listPids } from './list-pids.ts'

/** The program behind a connection. */
export interface Holder {
  readonly pid: number
  /** Path of its executable; null when it is gone already, or the kernel's. */
  readonly program: string | null
}

export interface ProcessFinderEffects {
  readonly listPids: () => readonly number[]
  /** Owner of a process; undefined when it is gone. */
  readonly ownerOf: (pid: number) => number | undefined
  /** Targets of its descriptors, such as `socket:[4711]`; empty when it is gone. */
  readonly listDescriptors: (pid: number) => readonly string[]
  readonly programOf: (pid: number) => string | null
}

/** As many connections may be open at once and still be told apart; a process may have opened many and died. */
const MAX_KNOWN = 8192
/** Those that made the last connections make the next ones. */
const MAX_RECENT = 32

/**
 * Finds which process holds a socket. A search reads the descriptors of processes until it meets the socket, those of the last
 * connections first; every socket that it passes is remembered, so that fifty connections of one program cost one search.
 */
export class ProcessFinder {
  readonly #effects: ProcessFinderEffects
  readonly #known = new Map<number, Holder>()
  #recent: number[] = []

  constructor(effects: ProcessFinderEffects = REAL) {
    this.#effects = effects
  }

  /**
   * @param inode of the client's socket, as /proc/net/tcp has it.
   * @param uid its owner, where known: then only processes of that user are searched.
   */
  find(inode: number, uid: number | null): Holder | undefined {
    return (
      this.#known.get(inode) ?? this.#search(inode, this.#recent, null) ?? this.#search(inode, this.#listOthers(), uid)
    )
  }

  /** Its event has been written: the number may be another socket's from now on. */
  forget(inode: number): void {
    this.#known.delete(inode)
  }

  #listOthers(): readonly number[] {
    // The newest first: what has just connected has often just been started.
    return this.#effects.listPids().toSorted((left, right) => right - left)
  }

  #search(inode: number, pids: readonly number[], uid: number | null): Holder | undefined {
    for (const pid of pids) {
      if (uid !== null && this.#effects.ownerOf(pid) !== uid) continue
      const sockets = this.#effects.listDescriptors(pid).flatMap(parseSocket)
      if (!sockets.includes(inode)) continue
      const holder = { pid, program: this.#effects.programOf(pid) }
      for (const socket of sockets) this.#remember(socket, holder)
      this.#recent = [pid, ...this.#recent.filter((other) => other !== pid)].slice(0, MAX_RECENT)
      return holder
    }
    return undefined
  }

  #remember(socket: number, holder: Holder): void {
    this.#known.delete(socket)
    this.#known.set(socket, holder)
    const [oldest] = this.#known.keys()
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest)
  }
}

function parseSocket(target: string): number[] {
  const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
  return inode === undefined ? [] : [Number(inode)]
}

const REAL: ProcessFinderEffects = {
  listPids,
  ownerOf: (pid) => orElse(() => statSync(`/proc/${pid}`).uid, undefined),
  listDescriptors: (pid) =>
    orElse(() => readdirSync(`/proc/${pid}/fd`), []).map((name) =>
      orElse(() => readlinkSync(`/proc/${pid}/fd/${name}`), ''),
    ),
  programOf: (pid) => orElse(() => readlinkSync(`/proc/${pid}/exe`), null),
}

/** A process may end between any two looks at it. */
function orElse<Value, Other>(look: () => Value, other: Other): Value | Other {
  try {
    return look()
  } catch {
    return other
  }
}
