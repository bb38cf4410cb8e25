import type { LifecycleEvent } from '../../core/events.ts'
import type { LaunchMessage, SidecarReply } from '../../core/sidecar-config.ts'
import type { CredentialProcessHost } from './credential-child.ts'
import type { createListeners } from './listeners.ts'
import type { WorkerHost } from './worker-process.ts'

/** What a supervisor touches outside of itself; tests put their own in. */
export interface SupervisorEffects {
  readonly worker: WorkerHost
  readonly credentialProcess: CredentialProcessHost
  /** Resolves with the launch message once stdin has ended. */
  readonly launch: Promise<LaunchMessage>
  readonly reply: (reply: SidecarReply) => void
  /** Closes the reply channel: the action may go. */
  readonly detach: () => void
  readonly log: (event: LifecycleEvent) => void
  /** One line for the sidecar log. */
  readonly say: (line: string) => void
  /** Opens the listening sockets; {@link createListeners} when absent. */
  readonly listen?: typeof createListeners
  readonly exit: (code: number) => void
  readonly pid: number
}
