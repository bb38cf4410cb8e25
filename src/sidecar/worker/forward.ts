import type { ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Secret } from '../../core/secret.ts'
import { deriveUpstreamHeaders } from '../../core/upstream-headers.ts'
import type { Call } from './call.ts'
import type { RequestBody } from './request-body.ts'
import { type RelayEnd, ResponseRelay } from './response-relay.ts'
import type { UpstreamClient } from './upstream-client.ts'

/** One request on its way: everything an attempt, and the one replay, need. */
export interface Forwarding {
  readonly call: Call
  readonly response: ServerResponse
  readonly client: UpstreamClient
  readonly to: 'api' | 'rest'
  /** Path and query below the upstream's base path. */
  readonly path: string
  readonly body: RequestBody
  /**
   * Asked when the upstream answers 401 or 421 and the request can be sent again. Resolves to the secret for the one replay,
   * or undefined to pass the answer through.
   */
  readonly recover: (status: number, used: Secret | null) => Promise<Recovery | undefined>
  readonly onEnd: (end: RelayEnd) => void
}

export interface Recovery {
  readonly secret: Secret | null
  readonly name: 'unauthorized' | 'misdirected'
}

/** Sends the request with the given secret and relays the answer. Never throws: every end goes to `onEnd`. */
export function forward(forwarding: Forwarding, secret: Secret | null): void {
  const { call, client, to, body } = forwarding
  if (forwarding.response.destroyed) {
    forwarding.onEnd({ outcome: 'client-aborted', meter: undefined })
    return
  }
  const upstream = call.runtime.upstream(to)
  call.upstream = upstream.hostname
  const relay = new ResponseRelay(forwarding, secret, (recovery) => {
    call.replayed = recovery.name
    forward(forwarding, recovery.secret)
  })
  const injection = call.runtime.injection(secret, to)
  try {
    client.pool(upstream).dispatch(
      {
        path: upstream.basePath + forwarding.path,
        method: call.method as Dispatcher.HttpMethod,
        headers: deriveUpstreamHeaders(call.request.rawHeaders, injection),
        body,
      },
      relay,
    )
  } catch (error) {
    relay.fail(error)
  }
}
