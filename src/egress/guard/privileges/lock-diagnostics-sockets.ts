import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { recordAccess, withPinnedFile } from '../pinned-file.ts'
import type { LockContext } from './lock.ts'

const DEFAULT_DIRECTORY = '/tmp'

/**
 * Takes away the diagnostics sockets of the .NET programs that run now, the runner's worker among them. Whoever may open such a
 * socket may ask for a dump of that program's memory, without ptrace, and the worker's memory holds every secret of the job.
 */
export function lockDiagnosticsSockets({ runner, job, journal }: LockContext): readonly string[] {
  for (const directory of new Set([DEFAULT_DIRECTORY, readTemporaryDirectory(job)])) {
    for (const name of listDirectory(directory)) {
      if (!/^(dotnet-diagnostic-\d+|clr-debug-pipe-\d+)-/.test(name)) continue
      const path = join(directory, name)
      // Held by its inode: the runner's user may write here and could swap it for a link to any file of root.
      withPinnedFile(path, (file) => {
        const kind = Number(file.stats.mode) & 0o170000
        if (Number(file.stats.uid) !== runner.uid || (kind !== 0o140000 && kind !== 0o010000)) return
        journal.note({ kind: 'access', ...recordAccess(path, file.stats) })
        file.give({ uid: 0, gid: 0, mode: 0o600 })
      })
    }
  }
  return []
}

/** Where the job's process has its temporary files. */
function readTemporaryDirectory(job: number): string {
  try {
    const found = /(?:^|\0)TMPDIR=(\/[^\0]*)/.exec(readFileSync(`/proc/${job}/environ`, 'utf8'))?.[1]
    return found?.replace(/(.)\/+$/, '$1') ?? DEFAULT_DIRECTORY
  } catch {
    return DEFAULT_DIRECTORY
  }
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}
