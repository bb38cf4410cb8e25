import type { Dispatcher } from 'undici'
import type { Secret } from '../../core/secret.ts'
import { deriveUpstreamHeaders } from '../../core/upstream-headers.ts'
import type { Forwarding } from './forwarding.ts'
import { ResponseRelay } from './response-relay.ts'

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
