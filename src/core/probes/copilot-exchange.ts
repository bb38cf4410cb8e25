import type { Redactor } from '../redact.ts'
import { Secret } from '../secret.ts'
import { deriveLicenceApi } from '../topology/licence-api.ts'
import type { Topology } from '../topology/topology.ts'
import type { Upstream } from '../upstream.ts'
import { readEndpoint } from './copilot-discovery.ts'
import { parseJson, readPath } from './json.ts'
import { PROBE_USER_AGENT, type ProbeAnswer, type ProbeRequest } from './probe.ts'
import { type ProbeContext, type ProbeReading, readAnswer } from './read-probe.ts'

/** Scheme of the Authorization header on this one endpoint; the Copilot API itself takes Bearer. */
export const EXCHANGE_SCHEME = 'token'

export type Exchange =
  | {
      readonly kind: 'token'
      readonly token: Secret
      /** Milliseconds since the epoch. */
      readonly expiresAtMs: number
      /** Milliseconds after receipt at which GitHub wants a renewal; absent when it does not say. */
      readonly refreshInMs?: number
      /** Host for this token; absent when none was named or the named one is not acceptable. */
      readonly upstream?: Upstream
      /** Why a named host is not used; one clause. */
      readonly endpointRefused?: string
    }
  | ({ readonly kind: 'cause' } & ProbeReading)

/** `GET {REST}/copilot_internal/v2/token`: only OAuth tokens of GitHub's own editor apps are let through there. */
export function deriveExchangeRequest(topology: Topology): ProbeRequest {
  return {
    method: 'GET',
    upstream: deriveLicenceApi(topology).rest,
    path: '/copilot_internal/v2/token',
    headers: [
      ['accept', 'application/json'],
      ['user-agent', PROBE_USER_AGENT],
      ['editor-version', `${PROBE_USER_AGENT}/1`],
    ],
  }
}

/**
 * Reads `{token, expires_at, refresh_in?, endpoints: {api}}`, or why there is no token.
 * @param answer with its body as it came: a token that was redacted is lost. What is quoted of it goes through `redact` first.
 */
export function readExchange(context: ProbeContext, answer: ProbeAnswer, redact: Redactor): Exchange {
  const token = answer.kind === 'answer' && answer.status === 200 ? readToken(answer.body, context.topology) : undefined
  if (token !== undefined) return token
  const provider = { ...context.provider, upstream: deriveLicenceApi(context.topology).rest }
  const quotable = answer.kind === 'answer' ? { ...answer, body: redact(answer.body) } : answer
  return { kind: 'cause', ...readAnswer({ ...context, provider }, quotable, 'exchange') }
}

function readToken(text: string, topology: Topology): Exchange | undefined {
  const body = parseJson(text)
  const token = readPath(body, 'token')
  const expiresAtMs = readEpochMs(readPath(body, 'expires_at'))
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,8192}$/.test(token) || expiresAtMs === undefined) return undefined
  const refreshIn = readPath(body, 'refresh_in')
  return {
    kind: 'token',
    token: new Secret(token),
    expiresAtMs,
    ...(isPositive(refreshIn) ? { refreshInMs: refreshIn * 1000 } : {}),
    ...readNamedEndpoint(readPath(body, 'endpoints', 'api'), topology),
  }
}

function readNamedEndpoint(
  api: unknown,
  topology: Topology,
): { readonly upstream?: Upstream; readonly endpointRefused?: string } {
  if (typeof api !== 'string' || api === '') return {}
  const endpoint = readEndpoint(api, topology)
  return endpoint.kind === 'found' ? { upstream: endpoint.upstream } : { endpointRefused: endpoint.reason }
}

// Seconds by GitHub's word; what is too large for seconds is taken as milliseconds, so that no token seems to live for ages.
function readEpochMs(value: unknown): number | undefined {
  if (!isPositive(value)) return undefined
  return value > 1e11 ? value : value * 1000
}

function isPositive(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
