import type { Lock, LockContext } from './lock.ts'
import { lockDiagnosticsSockets } from './lock-diagnostics-sockets.ts'
import { lockGroupSockets } from './lock-group-sockets.ts'
import { lockPtrace } from './lock-ptrace.ts'
import { lockSudo } from './lock-sudo.ts'
import { lockTrustedPlaces } from './lock-trusted-places.ts'
import { verifyPowerless } from './verify-powerless.ts'

/** The binds come after the sudoers file, which may have to be written below one of them; the proof comes last. */
const LOCKS: readonly Lock[] = [
  lockSudo,
  lockGroupSockets,
  lockDiagnosticsSockets,
  lockPtrace,
  lockTrustedPlaces,
  verifyPowerless,
]

/** Locks everything and proves it. @returns what stays open, in sentences. Throws a GuardFailure when the runner is still root. */
export async function lockPrivileges(context: LockContext): Promise<readonly string[]> {
  const limits: string[] = []
  for (const lock of LOCKS) limits.push(...(await lock(context)))
  return limits
}
