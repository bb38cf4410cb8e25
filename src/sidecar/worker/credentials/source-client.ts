import type { ProviderId } from '../../../core/providers/provider.ts'
import type { FromWorker, SourceRequest, SourceResult, ToWorker } from '../../ipc.ts'

type SourceMessage = Extract<ToWorker, { kind: 'source-result' | 'source-changed' }>

/**
 * The worker's way to commands and files, which it may not touch itself: it asks the supervisor, who asks the credential
 * process. Only a provider's name crosses, never a command line or a path.
 */
export interface SourceClient {
  /** Never rejects: what went wrong is a result, too. */
  request(request: SourceRequest): Promise<SourceResult>
  /** Calls back when the credential file of this provider has changed. */
  onChanged(provider: ProviderId, changed: () => void): void
  onMessage(message: SourceMessage): void
}

/** @param send puts a message on the way to the supervisor */
export function createSourceClient(send: (message: FromWorker) => void): SourceClient {
  const waiting = new Map<number, (result: SourceResult) => void>()
  const listeners = new Map<ProviderId, () => void>()
  let last = 0
  return {
    request: (request) => {
      last += 1
      const id = last
      return new Promise((resolve) => {
        waiting.set(id, resolve)
        send({ kind: 'source-request', id, request })
      })
    },
    onChanged: (provider, changed) => void listeners.set(provider, changed),
    onMessage: (message) => {
      if (message.kind === 'source-changed') {
        listeners.get(message.provider)?.()
        return
      }
      waiting.get(message.id)?.(message.result)
      waiting.delete(message.id)
    },
  }
}
