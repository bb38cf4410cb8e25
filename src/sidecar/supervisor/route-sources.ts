import {
  deriveCommandVariables,
  listConfidentialTexts,
  omitCommandVariables,
} from '../../core/credentials/command-environment.ts'
import type { LaunchMessage, SecretName } from '../../core/sidecar-config.ts'
import type { CredentialProcessConfig, LocalSource } from '../credential-ipc.ts'
import type { FromWorker, ToWorker } from '../ipc.ts'
import type { CredentialProcessHost } from './credential-child.ts'
import { type CredentialProcess, createCredentialProcess } from './credential-process-host.ts'

export interface SourceRouter {
  /** Asks for what a worker wants and tells that worker; one that has died meanwhile is told nothing. */
  ask(message: Extract<FromWorker, { kind: 'source-request' }>, worker: Recipient): void
  close(): void
}

export interface Recipient {
  readonly send: (message: ToWorker) => void
}

export interface SourceEvents {
  readonly toWorker: (message: ToWorker) => void
  readonly mayTrust: (pid: number | undefined) => boolean
  readonly onRestart: (how: string) => void
}

/** Routes questions for credentials to a credential process, which is started only where a provider has such a source. */
export function createSourceRouter(
  host: CredentialProcessHost,
  launch: LaunchMessage,
  events: SourceEvents,
): SourceRouter {
  const config = deriveCredentialProcessConfig(launch)
  const credentialProcess: CredentialProcess | undefined =
    config === undefined
      ? undefined
      : createCredentialProcess(host, config, {
          onChanged: (provider) => events.toWorker({ kind: 'source-changed', provider }),
          mayTrust: events.mayTrust,
          onRestart: events.onRestart,
        })
  return {
    ask: ({ id, request }, worker) => {
      if (credentialProcess === undefined) {
        worker.send({ kind: 'source-result', id, result: { kind: 'not-started', code: 'ENOSOURCE' } })
        return
      }
      credentialProcess
        .request(request)
        .then((result) => worker.send({ kind: 'source-result', id, result }))
        .catch(() => undefined)
    },
    close: () => credentialProcess?.close(),
  }
}

/** What the credential process gets to know; undefined when no provider needs one. */
function deriveCredentialProcessConfig({ config, secrets }: LaunchMessage): CredentialProcessConfig | undefined {
  const sources = config.providers.flatMap(({ id, credential }): LocalSource[] =>
    credential.kind === 'command' || credential.kind === 'file' ? [{ provider: id, source: credential }] : [],
  )
  if (sources.length === 0) return undefined
  const hasCommand = sources.some(({ source }) => source.kind === 'command')
  const own = Object.fromEntries(Object.entries(secrets).filter(([name]) => name.startsWith('command-env.')))
  return {
    sources,
    variables: hasCommand ? deriveCommandVariables(secrets) : {},
    confidential: hasCommand ? listConfidentialTexts(own) : [],
    workDirectory: config.workDirectory ?? '.',
  }
}

/** What a worker gets: everything but the variables of commands, which it never runs. */
export function deriveWorkerLaunch({ config, secrets }: LaunchMessage): LaunchMessage {
  return { config, secrets: omitCommandVariables(secrets) }
}

/** The launch message with one secret replaced by its successor: what the next worker has to start from. */
export function replaceSecret(launch: LaunchMessage, name: SecretName, value: string): LaunchMessage {
  return { config: launch.config, secrets: { ...launch.secrets, [name]: value } }
}
