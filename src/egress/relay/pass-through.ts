import type { Socket } from 'node:net'
import { type Attempt, deriveFailure, type Outcome } from './attempt.ts'
import type { ClientOrigin } from './client.ts'
import type { Dialled } from './dial-addresses.ts'
import { DialError, toDialError } from './dial-error.ts'
import type { DialTarget } from './dialer.ts'
import type { FarSide } from './far-side.ts'
import { joinWith, resetSocket } from './join-sides.ts'
import { isMadeUp } from './name-pool.ts'
import type { RelayContext } from './relay-context.ts'

export interface Passage {
  readonly client: Socket
  readonly attempt: Attempt
  readonly target: DialTarget
  readonly outcome: Outcome
  /** What the client has already said. */
  readonly first: Buffer
  /** Tells the client that its server cannot be reached; without it the connection is reset. */
  readonly onFailure?: (error: DialError) => void
}

/** Connects and joins both sides; the line is written when both are closed. */
export function passThrough(context: RelayContext, passage: Passage): void {
  const dial: Reaching['dial'] = (settle) => context.dialer.dial(passage.target, passage, settle)
  reach({ ...passage, dial }, (far) => {
    joinWith(passage.client, far, { first: passage.first, onClose: () => passage.attempt.end(passage.outcome) })
  })
}

export interface Reaching extends Omit<Passage, 'first' | 'target'> {
  /** Ends by itself when the client closes. */
  readonly dial: (settle: (dialled: Dialled) => void) => void
}

/**
 * Dials for a client.
 * @param onReached gets the far side; when it could not be reached, everything has been said and written instead
 */
export function reach(reaching: Reaching, onReached: (far: FarSide) => void): void {
  const { client, attempt, outcome, dial, onFailure } = reaching
  const fail = (failure: DialError): void => {
    attempt.end(deriveFailure(outcome, failure))
    if (onFailure === undefined) resetSocket(client)
    else onFailure(failure)
  }
  const settle = (dialled: Dialled): void => {
    if (client.destroyed) {
      if (!(dialled instanceof DialError)) dialled.socket.destroy()
      fail(new DialError({ failure: 'ECANCELED' }))
    } else if (dialled instanceof DialError) fail(dialled)
    else onReached(dialled)
  }
  const settleGuarded = (dialled: Dialled): void => {
    try {
      settle(dialled)
    } catch (error) {
      if (!(dialled instanceof DialError)) dialled.socket.destroy()
      attempt.end(deriveFailure(outcome, toDialError(error)))
      cut(client, error)
    }
  }
  try {
    dial(settleGuarded)
  } catch (error) {
    settleGuarded(toDialError(error))
  }
}

/** One connection that we have no answer to is cut; the others go on. */
export function guarded<Given>(socket: Socket, callback: (given: Given) => void): (given: Given) => void {
  return (given) => {
    try {
      callback(given)
    } catch (error) {
      cut(socket, error)
    }
  }
}

/** A defect of ours, said where the relay's own log is; its text is ours or the runtime's, never the client's. */
function cut(socket: Socket, error: unknown): void {
  resetSocket(socket)
  process.emitWarning(`A connection was cut: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`)
}

/**
 * Where audit mode sends what no rule allows: where the client wanted to go. Undefined when that is not known: an address that we made up
 * is nobody's, and dialling it would only keep the client waiting.
 */
export function deriveWanted(
  context: RelayContext,
  attempt: Pick<Attempt, 'host'>,
  { origin, port }: { readonly origin: ClientOrigin; readonly port: number },
): DialTarget | undefined {
  const { original } = origin
  const name = original === null ? undefined : context.names.nameOf(original.address)
  if (original !== null && (name !== undefined || !isMadeUp(original.address))) {
    return { host: name ?? original.address, port: original.port, reach: 'any' }
  }
  return attempt.host === null ? undefined : { host: attempt.host, port: original?.port ?? port, reach: 'any' }
}
