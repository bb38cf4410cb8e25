import type { Socket } from 'node:net'
import { type Attempt, deriveFailure, type Outcome } from './attempt.ts'
import type { ClientOrigin } from './client.ts'
import { DialError, toDialError } from './dial-error.ts'
import type { DialTarget } from './dialer.ts'
import type { FarSide } from './far-side.ts'
import { joinSides, resetSocket } from './join-sides.ts'
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
export async function passThrough(context: RelayContext, passage: Passage): Promise<void> {
  const far = await reach({ ...passage, dial: (signal) => context.dialer.dial(passage.target, { signal }) })
  if (far === undefined) return
  if (passage.first.length > 0) far.socket.write(passage.first)
  joinSides(passage.client, far, () => passage.attempt.end(passage.outcome))
}

export interface Reaching extends Omit<Passage, 'first' | 'target'> {
  readonly dial: (signal: AbortSignal) => Promise<FarSide>
}

/** The far side, or undefined when it could not be reached: then everything has been said and written. */
export async function reach({ client, attempt, outcome, dial, onFailure }: Reaching): Promise<FarSide | undefined> {
  const gone = new AbortController()
  const onGone = (): void => gone.abort()
  client.once('close', onGone)
  try {
    const far = await dial(gone.signal)
    if (!client.destroyed) return far
    far.socket.destroy()
    throw new DialError({ failure: 'ECANCELED' })
  } catch (error) {
    const failure = toDialError(error)
    attempt.end(deriveFailure(outcome, failure))
    if (onFailure === undefined) resetSocket(client)
    else onFailure(failure)
    return undefined
  } finally {
    client.off('close', onGone)
  }
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
