import { rmSync } from 'node:fs'
import { cleanLeftovers } from './clean-leftovers.ts'
import { describeFailure, GuardFailure } from './guard-failure.ts'
import { lockPath, takeLock } from './guard-lock.ts'
import { assertTrustedWay } from './trusted-directory.ts'

export interface CleaningEffects {
  readonly uid: number
  readonly say: (line: { readonly cleaned: readonly string[] } | { readonly failed: string }) => void
}

/**
 * For root, by hand, after somebody killed a guard: takes back what it left, as the next start of a guard would.
 * @param base the directory of all runs. @returns the exit code.
 */
export async function runCleaning(base: string, { uid, say }: CleaningEffects): Promise<number> {
  try {
    if (uid !== 0) throw new GuardFailure('Only root can clean up after a guard.')
    if (!base.endsWith('/setup-agent-proxy')) throw new GuardFailure(`${base} is no directory of this action.`)
    assertTrustedWay(base)
    takeLock(base)
    try {
      say({ cleaned: await cleanLeftovers(base) })
      return 0
    } finally {
      rmSync(lockPath(base), { force: true })
    }
  } catch (error) {
    say({ failed: describeFailure(error) })
    return 1
  }
}
