import { listPassedNames } from '../../core/credentials/command-environment.ts'
import type { CommandSource } from '../../core/credentials/source.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import { createRedactor, type Redactor } from '../../core/redact.ts'
import type { CredentialProcessConfig, FromCredentialProcess, ToCredentialProcess } from '../credential-ipc.ts'
import type { SourceRequest, SourceResult } from '../ipc.ts'
import type { CommandRun } from './run-command.ts'
import { createFileWatcher, type FileWatcher, type FileWatcherEffects } from './watch-file.ts'

export interface CredentialProcessEffects extends FileWatcherEffects {
  readonly send: (message: FromCredentialProcess) => void
  readonly runCommand: (run: CommandRun) => Promise<SourceResult>
  readonly platform: string
}

/** Starts a credential process; everything it does is an answer to the supervisor, but for the news that a file has changed. */
export function runCredentialProcess(effects: CredentialProcessEffects): CredentialProcess {
  return new CredentialProcess(effects)
}

class CredentialProcess {
  readonly #effects: CredentialProcessEffects
  readonly #ended = new AbortController()
  readonly #files = new Map<ProviderId, FileWatcher>()
  readonly #running = new Map<ProviderId, Promise<SourceResult>>()
  #config: CredentialProcessConfig = { sources: [], variables: {}, confidential: [], workDirectory: '.' }
  #redact: Redactor = (text) => text

  constructor(effects: CredentialProcessEffects) {
    this.#effects = effects
  }

  onMessage(message: ToCredentialProcess): void {
    if (message.kind === 'boot') {
      this.#config = message.config
      this.#redact = createRedactor(message.config.confidential)
      return
    }
    const { id, request } = message
    this.#obtain(request).then(
      (result) => this.#effects.send({ kind: 'result', id, result }),
      () => this.#effects.send({ kind: 'result', id, result: { kind: 'not-started', code: 'UNKNOWN' } }),
    )
  }

  /** Kills every command that runs, with all it has started, at once. */
  end(): void {
    this.#ended.abort()
    for (const file of this.#files.values()) file.close()
  }

  #obtain(request: SourceRequest): Promise<SourceResult> {
    const { provider } = request
    const source = this.#config.sources.find((local) => local.provider === provider)?.source
    if (source === undefined) return Promise.resolve({ kind: 'not-started', code: 'ENOSOURCE' })
    if (source.kind === 'file') return this.#openFile(provider, source.path).read()
    const shared = this.#running.get(provider) ?? this.#run(source, request)
    this.#running.set(provider, shared)
    return shared
  }

  #openFile(provider: ProviderId, path: string): FileWatcher {
    const known = this.#files.get(provider)
    if (known !== undefined) return known
    const watcher = createFileWatcher(path, () => this.#effects.send({ kind: 'changed', provider }), this.#effects)
    this.#files.set(provider, watcher)
    return watcher
  }

  // Two at a time would be two tokens, and tools that keep a login on disk spoil it when they run twice.
  async #run(source: CommandSource, request: SourceRequest): Promise<SourceResult> {
    try {
      const result = await this.#effects.runCommand({
        argv: source.argv,
        environment: this.#deriveEnvironment(source, request),
        workDirectory: this.#config.workDirectory,
        timeoutMs: source.timeoutMs,
        ended: this.#ended.signal,
        onGroupStarted: (group) => this.#effects.send({ kind: 'group-started', group }),
        onGroupEnded: (group) => this.#effects.send({ kind: 'group-ended', group }),
      })
      return 'stderr' in result ? { ...result, stderr: this.#redact(result.stderr) } : result
    } finally {
      this.#running.delete(request.provider)
    }
  }

  #deriveEnvironment(source: CommandSource, { provider, reason }: SourceRequest): Record<string, string> {
    const { variables } = this.#config
    const names = [...listPassedNames(this.#effects.platform), ...source.environmentNames]
    const known = names.flatMap((name) => {
      const value = variables[name]
      return value === undefined ? [] : [[name, value] as const]
    })
    return {
      ...Object.fromEntries(known),
      AGENT_PROXY_PROVIDER: provider,
      AGENT_PROXY_REASON: reason === 'unauthorized' ? '401' : reason,
    }
  }
}
