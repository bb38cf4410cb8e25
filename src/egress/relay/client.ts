import type { Socket } from 'node:net'

/** Whose connection it is and where it wanted to go, as far as that can be known. */
export interface ClientOrigin {
  /** What the client dialled; null at the forward proxy, and where the client was gone before we looked. */
  readonly original: { readonly address: string; readonly port: number } | null
  readonly uid: number | null
  /** Inode of the client's socket. */
  readonly inode: number | null
  readonly pid: number | null
  readonly program: string | null
  /** Waits, for a moment at most, until who keeps the log has found the program; absent where the relay says it by itself. */
  readonly awaitSeen?: () => Promise<void>
}

/** A connection that has come in, before it is known whose it is. */
export interface Arrival {
  readonly socket: Socket
  readonly findOrigin: (socket: Socket) => Promise<ClientOrigin>
  /** Bytes read from it that the client did not send: a bridge's opening line. */
  readonly foreignBytes?: number
}

export interface Client {
  readonly socket: Socket
  /**
   * Being looked up since the connection was accepted: later the client's socket may be gone. It takes milliseconds, so whoever
   * can decide without it does not wait.
   */
  readonly origin: Promise<ClientOrigin>
  readonly foreignBytes: number
  readonly startedAt: number
}

/**
 * To be awaited before a client is told no: then it closes, and nobody could say any more which program it was.
 * @returns what is known of it
 */
export async function awaitAttribution({ origin }: Pick<Client, 'origin'>): Promise<ClientOrigin> {
  const known = await origin
  await known.awaitSeen?.()
  return known
}

export const UNKNOWN_ORIGIN: ClientOrigin = { original: null, uid: null, inode: null, pid: null, program: null }
