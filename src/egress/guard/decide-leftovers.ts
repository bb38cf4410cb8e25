/** A process of the machine, as /proc shows it. */
export interface SeenProcess {
  readonly pid: number
  readonly parent: number
  /** Real, effective, saved and file-system uid. */
  readonly uids: readonly number[]
  /** Clock ticks since boot. */
  readonly startTime: number
}

export interface LeftoverFacts {
  readonly runnerUid: number
  /** Ranges of uids that the runner's account may take in user namespaces (/etc/subuid): first, count. */
  readonly subordinate: readonly (readonly [number, number])[]
  /** When the process of the job was started, in the same ticks. */
  readonly jobStart: number
}

/**
 * Which processes belong to a job that is over: those of the runner's user that are younger than the job and do not descend from
 * an older process of that user. What an older one has started is not the job's: the runner's listener starts the next job, and
 * another runner of the same user has jobs of its own.
 * @returns nothing when the runner is root, whose processes are the machine's.
 */
export function decideLeftovers(processes: readonly SeenProcess[], facts: LeftoverFacts): readonly number[] {
  if (facts.runnerUid === 0) return []
  const known = new Map(processes.map((process) => [process.pid, process]))
  const isOwn = (process: SeenProcess): boolean => process.uids.some((uid) => isOfRunner(uid, facts))
  const isOlder = (process: SeenProcess): boolean => process.startTime < facts.jobStart
  const hasOlderAncestor = (process: SeenProcess): boolean => {
    const seen = new Set<number>()
    for (let at = known.get(process.parent); at !== undefined && !seen.has(at.pid); at = known.get(at.parent)) {
      if (isOwn(at) && isOlder(at)) return true
      seen.add(at.pid)
    }
    return false
  }
  return processes
    .filter((process) => isOwn(process) && !isOlder(process) && !hasOlderAncestor(process))
    .map(({ pid }) => pid)
}

function isOfRunner(uid: number, { runnerUid, subordinate }: LeftoverFacts): boolean {
  return uid === runnerUid || subordinate.some(([first, count]) => uid >= first && uid < first + count)
}

/** Ranges of one account in the text of /etc/subuid: `name:first:count`, the name or the uid as a number. */
export function parseSubordinate(text: string, names: readonly string[]): (readonly [number, number])[] {
  return text.split('\n').flatMap((line) => {
    const [name = '', first = '', count = ''] = line.trim().split(':')
    if (!names.includes(name) || !/^\d+$/.test(first) || !/^\d+$/.test(count)) return []
    return [[Number(first), Number(count)] as const]
  })
}
