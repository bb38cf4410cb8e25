import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AgentIdentity } from './isolation.ts'
import { waitUntil } from './processes.ts'

/** The unprivileged user that the whole job runs as: runner, main, agents, post. */
export interface AgentUser {
  /** Goes before every command that runs as this user. */
  readonly prefix: readonly string[]
  /** Owner of the job's files, as seen from here. */
  readonly uid: number
  readonly gid: number
  /** Process that must outlive the scenarios; null where none is needed. */
  readonly keeper: number | null
}

/**
 * With root, another uid. Inside a user namespace, one further user namespace for all processes of the job: they must be able
 * to look at each other as processes of one user can, or the search for secrets would find nothing because it sees nothing.
 */
export async function createAgentUser(identity: AgentIdentity): Promise<AgentUser> {
  if (identity.kind === 'uid') {
    const { uid, gid } = identity
    return { prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'], uid, gid, keeper: null }
  }
  const { uid } = identity
  const keeper = spawn('unshare', ['--user', `--map-user=${uid}`, `--map-group=${uid}`, 'sleep', '86400'], {
    stdio: 'ignore',
  })
  const pid = keeper.pid ?? 0
  keeper.unref()
  await waitUntil(() => hasUidMap(pid, uid), 'the user namespace of the job', 5000)
  const prefix = ['nsenter', '--user', `--target=${pid}`, '--preserve-credentials']
  return { prefix, uid: 0, gid: 0, keeper: pid }
}

// The map is written by unshare after it has made the namespace; before that nsenter would find nobody there.
function hasUidMap(pid: number, uid: number): boolean {
  const [inside] = readFileSync(`/proc/${pid}/uid_map`, 'utf8').trim().split(/\s+/)
  return inside === String(uid)
}
