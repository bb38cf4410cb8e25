import { deriveGithubTokenKind } from '../../../core/credentials/github-token-kind.ts'
import type { ProviderRuntime } from '../provider-runtime.ts'
import { discoverCopilot } from './discover-copilot.ts'
import type { ValidationContext } from './prober.ts'

const running = new WeakMap<ProviderRuntime, Promise<boolean>>()

/**
 * Asks GitHub again for the Copilot host, after a 421: the seat's plan and the host's plan differ. Parallel callers share one
 * question. True when another host was named and adopted.
 */
export function rediscoverUpstream(context: ValidationContext, runtime: ProviderRuntime): Promise<boolean> {
  const pending = running.get(runtime)
  if (pending !== undefined) return pending
  const asked = ask(context, runtime).finally(() => running.delete(runtime))
  running.set(runtime, asked)
  return asked
}

async function ask(context: ValidationContext, runtime: ProviderRuntime): Promise<boolean> {
  const { config, check } = runtime
  if (config.dialect !== 'copilot' || config.upstreamIsExplicit) return false
  const secret = await runtime.credentialFor('rest')?.current()
  if (secret === undefined) return false
  const found = await discoverCopilot(context, secret, deriveGithubTokenKind(secret.reveal()))
  if (found.upstream.hostname === check.upstream.hostname) return false
  runtime.adopt({ ...check, upstream: found.upstream })
  return true
}
