import type { Socket } from 'node:net'
import { type ClientHelloReading, parseClientHello } from '../../core/egress-wire/client-hello.ts'
import type { Hostname } from '../../core/hostname.ts'
import type { BlockReason } from '../../core/policy/policy.ts'
import type { Attempt, Outcome } from './attempt.ts'
import { awaitAttribution, type Client } from './client.ts'
import { closePolitely, UNRECOGNIZED_NAME } from './close-politely.ts'
import type { FarSide } from './far-side.ts'
import { joinWith, onClosed, resetSocket } from './join-sides.ts'
import { guarded } from './pass-through.ts'
import { collectFirst, type FirstBytes } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'

/** How long a server may take to close its end of a tunnel that nobody used. */
const UNUSED_MS = 2000
/** Connections at once that are many. */
const CROWD = 3

/** A tunnel that is open, and allowed for a name: what it carries must be TLS for just that name. */
export interface InspectedTunnel {
  readonly client: Client
  readonly name: Hostname
  /** What came right behind the head of CONNECT. */
  readonly rest: Buffer
  readonly attempt: Attempt
  readonly far: FarSide
  readonly outcome: Outcome
}

/** Nothing goes to the far side before the name inside the tunnel is known to be the tunnel's. */
export function inspectTunnel(context: RelayContext, tunnel: InspectedTunnel): void {
  const { client, rest, far } = tunnel
  // A server that ends before it was asked anything has given the tunnel up.
  const onFarEnd = (): void => void far.socket.destroy()
  const onFarClose = (): void => closeWritten(client.socket)
  far.socket.on('end', onFarEnd)
  far.socket.on('close', onFarClose)
  const onHello = (first: FirstBytes<ClientHelloReading>): void => {
    far.socket.off('end', onFarEnd)
    far.socket.off('close', onFarClose)
    openTunnel(context, tunnel, first)
  }
  const wish = { parse: parseClientHello, deadlineMs: context.limits.firstBytesMs, already: rest }
  collectFirst(client.socket, wish, guarded(client.socket, onHello))
}

function openTunnel(context: RelayContext, tunnel: InspectedTunnel, first: FirstBytes<ClientHelloReading>): void {
  const { client, name, far, attempt, outcome } = tunnel
  const { bytes, reading } = first
  if (bytes.length === 0 && isClosedBy(client)) {
    // Opened ahead and not needed, as clients do: nothing has gone either way, so nothing is refused.
    closeUnused(tunnel, context.countClients() >= CROWD)
    return
  }
  attempt.hasEncryptedHello = reading.kind === 'hello' && reading.hasEncryptedHello
  const reason = decideTunnelled(reading, name)
  if (reason === undefined || context.policy.mode === 'audit') {
    const verdict: Outcome = reason === undefined ? outcome : { ...outcome, verdict: 'would-block', reason }
    joinWith(client.socket, far, { first: bytes, onClose: () => attempt.end(verdict) })
    return
  }
  far.socket.destroy()
  if (reading.kind === 'hello') attempt.host = reading.name
  attempt.end({ ...outcome, verdict: 'blocked', reason })
  void refuseHello(client, reason)
}

/** The client is closed by nobody else meanwhile: once it is gone, nobody could say any more which program it was. */
async function refuseHello(client: Client, reason: BlockReason): Promise<void> {
  await awaitAttribution(client)
  if (reason === 'not-tls') resetSocket(client.socket)
  else closePolitely(client.socket, UNRECOGNIZED_NAME)
}

/**
 * The client's end goes with the far side's. While few are here that happens in turn, as the far side answers, and who waits to be
 * accepted is served in between: a fifth more tunnels one after another. While many are, all at once, which costs a tenth less.
 */
function closeUnused({ client, far, attempt, outcome }: InspectedTunnel, isCrowded: boolean): void {
  const { socket } = far
  const end = (): void => void socket.destroy()
  const timer = socket.destroyed ? undefined : setTimeout(end, UNUSED_MS)
  onClosed(socket, () => {
    clearTimeout(timer)
    client.socket.off('close', end)
    closeWritten(client.socket)
    attempt.end(outcome)
  })
  if (isCrowded || client.socket.destroyed) end()
  else if (!socket.destroyed) {
    client.socket.on('close', end)
    // Behind a corporate proxy nobody has read on since its answer.
    far.resume()
    socket.end()
  }
}

/** Closes when what has been written has gone out; when it has already, without the detour of a half-close. */
function closeWritten(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroySoon()
  else socket.destroy()
}

const isClosedBy = ({ socket }: Client): boolean => socket.readableEnded || socket.destroyed

/** Whether a tunnel that was allowed for a name carries TLS for just that name: the server behind it may serve others too. */
function decideTunnelled(
  reading: ClientHelloReading | { readonly kind: 'ended' },
  name: Hostname,
): BlockReason | undefined {
  if (reading.kind === 'hello') return reading.name === name ? undefined : 'name-mismatch'
  return reading.kind === 'refused' ? reading.reason : 'not-tls'
}
