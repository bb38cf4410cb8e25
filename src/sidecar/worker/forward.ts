import { type AwsKeys, findAwsKeys } from '../../core/credentials/aws-keys.ts'
import type { Secret } from '../../core/secret.ts'
import { renderAuthority } from '../../core/upstream.ts'
import { deriveUpstreamHeaders } from '../../core/upstream-headers.ts'
import type { Forwarding } from './forwarding.ts'
import { ResponseRelay } from './response-relay.ts'
import { signRequest } from './sign-request.ts'

/** Sends the request with the given secret and relays the answer. Never throws: every end goes to `onEnd`. */
export function forward(forwarding: Forwarding, secret: Secret | null): void {
  const { call, to } = forwarding
  if (forwarding.answer.isDestroyed) {
    forwarding.onEnd({ outcome: 'client-aborted', meter: undefined })
    return
  }
  call.upstream = call.runtime.upstream(to).hostname
  const relay = new ResponseRelay(forwarding, secret, ({ recovery, body }) => {
    call.replayed = recovery.name
    forward({ ...forwarding, body }, recovery.secret)
  })
  const headers = deriveUpstreamHeaders(call.request.head.headers, call.runtime.injection(secret, to))
  const keys = call.runtime.isSigning ? findAwsKeys(secret) : undefined
  if (keys === undefined) {
    dispatch(forwarding, headers, relay)
    return
  }
  sign(forwarding, headers, keys).then(
    (signed) => dispatch(forwarding, signed, relay),
    (error: unknown) => relay.fail(error),
  )
}

function dispatch(forwarding: Forwarding, headers: string[], relay: ResponseRelay): void {
  const { call, client, to, body } = forwarding
  const upstream = call.runtime.upstream(to)
  try {
    const path = upstream.basePath + forwarding.path
    client
      .pool(upstream)
      .dispatch({ method: call.method, path, authority: renderAuthority(upstream), headers, body }, relay)
  } catch (error) {
    relay.fail(error)
  }
}

function sign(forwarding: Forwarding, headers: readonly string[], keys: AwsKeys): Promise<string[]> {
  const { call, to, body } = forwarding
  const upstream = call.runtime.upstream(to)
  return signRequest({
    method: call.method,
    upstream,
    target: upstream.basePath + forwarding.path,
    headers,
    // What signs is held whole (readRequestBody with mustHold), so a stream cannot come here.
    body: Buffer.isBuffer(body) ? body : null,
    keys,
    region: call.runtime.region,
  })
}
