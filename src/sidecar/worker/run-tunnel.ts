import type { Socket } from 'node:net'
import type { Call } from './call.ts'
import type { ClientTunnel } from './client/client-tunnel.ts'
import type { EchoNeedles } from './echo-needles.ts'
import { createFrameScrubber } from './frame-scrubber.ts'
import { endCall, type RequestContext } from './handle-request.ts'
import { spliceSockets } from './splice-sockets.ts'
import { watchTunnelEnd } from './tunnel-end.ts'
import { createTunnelMeter } from './tunnel-meter.ts'

/** The client's side of an accepted upgrade. */
export interface ClientSide {
  readonly call: Call
  readonly tunnel: ClientTunnel
}

/** The upstream's side. */
export interface UpstreamSide {
  readonly socket: Socket
  /** Bytes that came together with the head of the answer. */
  readonly head: Buffer
  /** What the upstream was lent; undefined = nothing. */
  readonly needles: EchoNeedles | undefined
}

const NOTHING = Buffer.alloc(0)

/**
 * Joins both sides of an accepted upgrade. What the upstream sends is searched first and metered then, so that a credential it
 * echoes can get neither to the client nor into the log; the budgets of the run hold inside the connection, too.
 */
export function runTunnel(context: RequestContext, { call, tunnel }: ClientSide, upstream: UpstreamSide): void {
  const { socket } = tunnel
  // What the responses use is booked while they pass; an idle tunnel reserves nothing.
  call.isMetered = false
  context.limits.settle(undefined)
  // A used budget ends the connection, and the next request is refused with the reason.
  const meter = createTunnelMeter({
    onFurtherRequest: () => void (context.limits.admitFurther() !== undefined && socket.destroy()),
    onUsage: (usage) => void (context.limits.book(usage) !== undefined && socket.destroy()),
  })
  if (upstream.head.length > 0) upstream.socket.unshift(upstream.head)
  const fromClient = (chunk: Buffer): Buffer => {
    call.bytesIn += chunk.length
    meter.fromClient(chunk)
    // The request that is one too many goes no further.
    return socket.destroyed ? NOTHING : chunk
  }
  const scrubber = createFrameScrubber(upstream.needles)
  const fromUpstream = (chunk: Buffer): Buffer => {
    call.bytesOut += chunk.length
    const clean = scrubber.push(chunk)
    // Not WebSocket any more: what cannot be read is not passed on.
    if (clean === undefined) upstream.socket.destroy()
    else meter.fromUpstream(clean)
    return clean ?? NOTHING
  }
  const client = {
    socket,
    onBytes: fromClient,
    read: (onChunk: (chunk: Buffer) => void) => tunnel.read(onChunk),
  }
  const outcomeOf = watchTunnelEnd(socket, upstream.socket, () => meter.hasGoodbye)
  spliceSockets(client, { socket: upstream.socket, onBytes: fromUpstream }, () => {
    meter.end((reading) => {
      call.tokens = reading.usage
      call.model = reading.model
      endCall(context, call, outcomeOf())
    })
  })
}
