import type { CredentialRights, FromBroker, ToBroker } from '../../core/credential-broker.ts'
import type { FromCredentialProcess } from '../credential-ipc.ts'
import {
  type CredentialChild,
  type CredentialChildEvents,
  type CredentialProcessHost,
  createOwnHost,
  type OwnHostOptions,
} from './credential-child.ts'

/** The channel to the guard, as a process that was started with one has it. */
export interface BrokerChannel {
  readonly send: (message: ToBroker) => void
  readonly onMessage: (listener: (message: FromBroker) => void) => void
}

/** The part of `process` that is a channel, where it was started with one. */
interface ChannelProcess {
  readonly send?: (message: ToBroker, onSent: () => void) => unknown
  on(event: 'message', listener: (message: unknown) => void): unknown
}

/** The guard's, where this process was started by one and has a channel to it; else our own. */
export function createCredentialHost(self: ChannelProcess, own: OwnHostOptions): CredentialProcessHost {
  if (self.send === undefined) return createOwnHost(own)
  return createBrokerHost({
    // Without a callback a channel that has closed would end this process; that the guard is gone is told by 'disconnect'.
    send: (message) => void self.send?.(message, () => undefined),
    onMessage: (listener) => void self.on('message', (message) => listener(message as FromBroker)),
  })
}

/**
 * Has credential processes started by the guard, as the runner's user. That nobody else can look into one is the guard's doing: it
 * starts them from a node that only root can read or change. So is the end of what a command leaves behind, which is another user's.
 */
function createBrokerHost(channel: BrokerChannel): CredentialProcessHost {
  const children = new Map<number, CredentialChildEvents>()
  let last = 0
  channel.onMessage((message) => {
    const events = children.get(message.number)
    if (message.kind === 'received') {
      events?.onMessage(message.message as FromCredentialProcess)
      return
    }
    children.delete(message.number)
    events?.onGone(message.how)
  })
  return {
    start: (rights: CredentialRights, events: CredentialChildEvents): CredentialChild => {
      last += 1
      const number = last
      children.set(number, events)
      channel.send({ kind: 'start', number, rights })
      return {
        send: (message) => channel.send({ kind: 'send', number, message }),
        end: () => channel.send({ kind: 'end', number }),
      }
    },
  }
}
