import { existsSync, lstatSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { GuardFailure } from '../guard-failure.ts'
import { describeError, findTool, runTool } from '../run-tool.ts'
import { assertTrustedWay } from '../trusted-directory.ts'
import type { LockContext } from './lock.ts'

const SUDOERS_DIRECTORY = '/etc/sudoers.d'
const MODE = 0o440

const KEPT =
  'sudo stays open (sudo: keep): whoever uses it is root and can take the firewall and the keys away, so both only guard against accidents.'

/**
 * Denies sudo to the runner's user by one late file: the last rule that fits wins, so every grant before it ends, also one through a
 * group, and one file less gives all of them back. Whether a later one grants again is for the proof to say.
 */
export async function lockSudo(context: LockContext): Promise<readonly string[]> {
  if (context.choices.sudo === 'keep') return [KEPT]
  if (findTool('sudo') === undefined || !existsSync(SUDOERS_DIRECTORY)) return []
  assertTrustedWay(SUDOERS_DIRECTORY)
  const path = `${SUDOERS_DIRECTORY}/${deriveFileName(context.runId)}`
  // sudo skips names with a dot: it never reads half a file.
  const draft = `${path}.new`
  context.journal.note({ kind: 'file', path: draft })
  writeFileSync(draft, renderSudoers(context.runnerName, context.runner.uid), { mode: MODE, flag: 'wx' })
  await checkSyntax(draft)
  context.journal.note({ kind: 'file', path })
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw new GuardFailure(`${path} is there already.`)
  renameSync(draft, path)
  return []
}

/** Sorted last among its neighbours, and without a dot. */
export function deriveFileName(runId: string): string {
  return `zz-setup-agent-proxy-${runId.replace(/[^A-Za-z0-9-]/g, '')}`
}

/** The whole text of the file. A name that sudoers could read as something else is said by its number. */
export function renderSudoers(name: string | null, uid: number): string {
  const user = name !== null && /^[a-z_][a-z0-9_-]*$/i.test(name) && !/^[A-Z_]+$/.test(name) ? name : `#${uid}`
  return `# Of setup-agent-proxy, while a job runs with an agent in it. Remove this file when no such job runs.\n${user} ALL=(ALL:ALL) !ALL\n`
}

async function checkSyntax(path: string): Promise<void> {
  if (findTool('visudo') === undefined) return
  const { status, stdout, stderr } = await runTool(['visudo', '-c', '-f', path])
  if (status === 0) return
  rmSync(path, { force: true })
  throw new GuardFailure(`visudo refuses the rule that denies sudo: ${describeError(stderr || stdout)}.`)
}
