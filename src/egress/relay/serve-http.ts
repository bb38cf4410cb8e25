import { createAttempt, deriveOutcome } from './attempt.ts'
import type { Client } from './client.ts'
import type { HttpEntrance } from './http-entrance.ts'
import { deriveWanted, passThrough } from './pass-through.ts'
import { readFirst } from './read-first.ts'
import type { RelayContext } from './relay-context.ts'
import { deriveUninspected } from './uninspected.ts'

const NOTHING = Buffer.alloc(0)

/** A connection to a port for plain HTTP. */
export async function serveHttp(
  context: RelayContext,
  client: Client,
  { port, http }: { readonly port: number; readonly http: HttpEntrance },
): Promise<void> {
  const attempt = createAttempt({ client, protocol: 'http' }, context.report)
  attempt.port = port
  if (context.policy.needsOrigin(port)) {
    const free = deriveUninspected(context, attempt, { origin: await client.origin, port })
    if (free !== undefined) return passThrough(context, { client: client.socket, attempt, ...free, first: NOTHING })
  }
  if (context.policy.mode === 'block') {
    http.serve(client, { port, name: null, first: NOTHING })
    return
  }
  const { bytes, reading } = await readFirst(client.socket, parseMethod, context.limits.firstBytesMs)
  const isOther = reading.kind === 'other'
  const target = isOther ? deriveWanted(context, attempt, { origin: await client.origin, port }) : undefined
  if (target !== undefined) {
    const outcome = deriveOutcome({ verdict: 'blocked', reason: 'not-http' }, 'audit')
    return passThrough(context, { client: client.socket, attempt, target, outcome, first: bytes })
  }
  http.serve(client, { port, name: null, first: bytes })
}

const MAX_METHOD = 33

/** Whether it begins as a request does. */
function parseMethod(bytes: Buffer): { readonly kind: 'more' | 'http' | 'other' } {
  const start = bytes.toString('latin1', 0, MAX_METHOD)
  if (/^(\r\n)*[A-Z][A-Z-]* /.test(start)) return { kind: 'http' }
  return start.length < MAX_METHOD && /^(\r\n?)*[A-Z]?[A-Z-]*$/.test(start) ? { kind: 'more' } : { kind: 'other' }
}
