import { access } from 'node:fs/promises'
import { join } from 'node:path'

type Environment = Readonly<Record<string, string | undefined>>

const POLICY_FILES = ['.github/egress-firewall.yaml', '.github/egress-firewall.yml']

/**
 * Whether this job seems to run on a runner with GitHub's own egress firewall, by the name of its image or by the policy file in
 * the checkout. GitHub documents no sign for it, and it could not be tried: a guess that changes nothing but what is said.
 */
export async function seemsNativelyFiltered(environment: Environment): Promise<boolean> {
  if (/firewall/i.test(`${environment.ImageOS ?? ''} ${environment.ImageVersion ?? ''}`)) return true
  if (environment.RUNNER_ENVIRONMENT !== 'github-hosted') return false
  const workspace = environment.GITHUB_WORKSPACE ?? ''
  if (workspace === '') return false
  const found = await Promise.all(POLICY_FILES.map((file) => exists(join(workspace, file))))
  return found.includes(true)
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
