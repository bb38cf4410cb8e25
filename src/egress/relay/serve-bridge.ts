import { connect, type Socket } from 'node:net'
import { type BridgeOpening, MAX_BRIDGE_LINE, parseBridgeOpening } from '../../core/bridge-opening.ts'
import { type Arrival, type ClientOrigin, UNKNOWN_ORIGIN } from './client.ts'
import { wrapFarSide } from './far-side.ts'
import { joinSides } from './join-sides.ts'
import { readFirst } from './read-first.ts'

/** How a bridged connection is served once it has said what it is. */
export interface BridgeDoors {
  readonly forwardedPorts: readonly number[]
  readonly firstBytesMs: number
  readonly open: (arrival: Arrival, opening: BridgeOpening) => void
}

/**
 * Reads the opening line. The other end is the wrapper's bridge or, if the agent has taken its place, the agent: what the line
 * says decides nothing that the agent could not have asked for anyway.
 */
export async function serveBridge(socket: Socket, doors: BridgeDoors): Promise<void> {
  socket.on('error', () => undefined)
  const { bytes, reading } = await readFirst(socket, parseLine, doors.firstBytesMs)
  if (reading.kind !== 'opening') {
    socket.destroy()
    return
  }
  const { opening, used } = reading
  if (used < bytes.length) socket.unshift(bytes.subarray(used))
  if (opening.entrance === 'local') serveLocal(socket, opening.port ?? 0, doors.forwardedPorts)
  else doors.open({ socket, findOrigin: () => Promise.resolve(deriveOrigin(opening)), foreignBytes: used }, opening)
}

type LineReading =
  | { readonly kind: 'more' }
  | { readonly kind: 'opening'; readonly opening: BridgeOpening; readonly used: number }
  | { readonly kind: 'refused' }

function parseLine(bytes: Buffer): LineReading {
  const end = bytes.indexOf(0x0a)
  if (end < 0) return bytes.length > MAX_BRIDGE_LINE ? { kind: 'refused' } : { kind: 'more' }
  const opening = end > MAX_BRIDGE_LINE ? undefined : parseBridgeOpening(bytes.toString('utf8', 0, end))
  return opening === undefined ? { kind: 'refused' } : { kind: 'opening', opening, used: end + 1 }
}

function deriveOrigin({ address, port, uid, pid, program }: BridgeOpening): ClientOrigin {
  const original = address === null || port === null ? null : { address, port }
  return { ...UNKNOWN_ORIGIN, original, uid, pid, program }
}

/** A port outside that belongs to the run, such as the sidecar's; every other one stays out of reach. */
function serveLocal(client: Socket, port: number, forwardedPorts: readonly number[]): void {
  if (!forwardedPorts.includes(port)) {
    client.destroy()
    return
  }
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  joinSides(client, wrapFarSide(socket), () => undefined)
}
