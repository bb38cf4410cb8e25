import { GuardFailure } from '../guard-failure.ts'
import { findTool, runTool } from '../run-tool.ts'
import { deriveUnprivilegedCommand } from '../unprivileged-command.ts'
import type { LockContext } from './lock.ts'

/** Ways in which a user becomes root without a password, each tried for real: it must fail. */
const WAYS = [
  { tool: 'sudo', command: ['sudo', '-n', 'true'] },
  { tool: 'doas', command: ['doas', '-n', 'true'] },
  { tool: 'pkexec', command: ['pkexec', '--disable-internal-agent', '/bin/true'] },
  { tool: 'systemd-run', command: ['systemd-run', '--no-ask-password', '--quiet', '--wait', '/bin/true'] },
] as const

const TRY_MS = 3000

/** Proves that the runner's user has lost root. Throws a GuardFailure that names the way which is still open. */
export async function verifyPowerless(context: LockContext): Promise<readonly string[]> {
  if (context.choices.sudo === 'keep') return []
  if (context.runner.uid === 0) throw new GuardFailure('The job runs as root, so nothing can be taken from it.')
  const tries = WAYS.filter(({ tool }) => findTool(tool) !== undefined).map(async ({ tool, command }) => {
    const words = deriveUnprivilegedCommand({ identity: context.runner, isConfined: false, command })
    const { status } = await runTool(words, { timeoutMs: TRY_MS })
    return { tool, status }
  })
  for (const { tool, status } of await Promise.all(tries)) {
    if (status === 0) throw new GuardFailure(renderStillRoot(tool))
  }
  await verifyListing(context)
  return []
}

function renderStillRoot(tool: string): string {
  return `The runner's user still becomes root by ${tool} without a password, although it was denied: another rule that comes later, or one outside of /etc/sudoers.d, grants it. Remove that rule, or accept it with sudo: keep.`
}

/** A later rule may grant one program only, which no single try would find: the denial must be the last of what sudo lists. */
async function verifyListing({ runnerName }: LockContext): Promise<void> {
  if (runnerName === null || findTool('sudo') === undefined) return
  const { status, stdout } = await runTool(['sudo', '-n', '-l', '-U', runnerName], { timeoutMs: TRY_MS })
  const grant = status === 0 ? findGrant(stdout) : undefined
  if (grant === undefined) return
  throw new GuardFailure(
    `A rule of sudo that comes after the denial grants the runner's user «${grant}». Remove it, or accept it with sudo: keep.`,
  )
}

/** The grant that stands after our denial in what `sudo -l` lists, or undefined. */
export function findGrant(listing: string): string | undefined {
  const lines = listing.split('\n').map((line) => line.trim())
  const from = lines.findIndex((line) => /may run the following commands/.test(line))
  if (from < 0) return undefined
  const last = lines.slice(from + 1).findLast((line) => line !== '')
  return last === undefined || /^\(ALL\s*:\s*ALL\)\s+!ALL$/.test(last) ? undefined : last
}
