import type { Socket } from 'node:net'
import type { Outcome } from '../../core/events.ts'

type Leaver = 'client' | 'broken-client' | 'upstream'

/**
 * Watches both sides of a tunnel. When it is over, the result says how it ended for the log: an upstream that goes first without
 * the Close message that WebSocket wants (RFC 6455 §7.1.5) has broken off, and a client that resets has left.
 * @param hasGoodbye whether a Close message has passed, either way.
 */
export function watchTunnelEnd(client: Socket, upstream: Socket, hasGoodbye: () => boolean): () => Outcome {
  let first: Leaver | undefined
  const note = (who: Leaver) => (): void => {
    first ??= who
  }
  client.once('error', note('broken-client'))
  client.once('end', note('client'))
  client.once('close', note('client'))
  for (const event of ['error', 'end', 'close']) upstream.once(event, note('upstream'))
  return () => {
    if (hasGoodbye() || first === 'client') return 'complete'
    return first === 'upstream' ? 'upstream-cut' : 'client-aborted'
  }
}
