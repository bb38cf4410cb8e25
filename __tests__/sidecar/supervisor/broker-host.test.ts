import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { createCredentialHost } from '../../../src/sidecar/supervisor/broker-host.ts'

/** A process whose channel has closed: as Node does it, a send with a callback tells the callback, one without throws an 'error'. */
class Cut extends EventEmitter {
  readonly told: unknown[] = []

  send(message: unknown, onSent?: (error: Error) => void): boolean {
    this.told.push(message)
    const error = new Error('ERR_IPC_CHANNEL_CLOSED')
    if (onSent === undefined) this.emit('error', error)
    else onSent(error)
    return false
  }
}

describe('createCredentialHost(): regression: a closed channel to the guard', () => {
  test('does not end the supervisor', () => {
    const self = new Cut()
    const host = createCredentialHost(self, { execPath: '', source: '', environment: {} })
    const rights = { mayStartPrograms: false, readableFiles: [] }
    const events = { onMessage: () => undefined, onGone: () => undefined, mayTrust: () => true }
    host.start(rights, events).end()
    expect(self.told).toEqual([
      { kind: 'start', number: 1, rights },
      { kind: 'end', number: 1 },
    ])
  })
})
