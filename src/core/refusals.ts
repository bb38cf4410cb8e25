import type { ApiDialect } from './providers/provider.ts'

/**
 * Everything the sidecar answers itself. One code everywhere: log field, response header, error body, summary, docs. The
 * status is chosen so that clients stop or retry as meant; what each client does with which status was measured with
 * codex 0.169, copilot 1.0.92 and 1.0.102, and Claude Code 2.1.330.
 */
export type RefusalCode = keyof typeof REFUSALS

/**
 * `final`: the run should end now. `limit`: a budget is used up. `hidden`: this path is not lent. `malformed`: the request itself has
 * to change. `upgrade`: this upgrade is not passed on. `later`: try again. `gateway`: upstream trouble. `timeout`: the upstream was silent.
 */
type RefusalClass = 'final' | 'limit' | 'hidden' | 'malformed' | 'upgrade' | 'later' | 'gateway' | 'timeout'

interface RefusalRow {
  readonly class: RefusalClass
  readonly sentence: string
}

export const REFUSALS = {
  client_token_missing: {
    class: 'final',
    sentence:
      'The request carried no credential of this run. Use the variables that setup-agent-proxy exported, from the same job and user.',
  },
  client_token_invalid: {
    class: 'final',
    sentence:
      'The request carried a credential that is not the token of this run. Remove keys of your own from the agent step; setup-agent-proxy injects the real one.',
  },
  path_not_lent: {
    class: 'hidden',
    sentence: 'The Copilot credential is lent for inference only; this path is not among those a Copilot client needs.',
  },
  mcp_not_lent: {
    class: 'hidden',
    sentence: 'GitHub MCP and agent endpoints are off. Set copilot-mcp: allow to lend the credential for them too.',
  },
  request_limit_reached: {
    class: 'limit',
    sentence: 'The run has used all requests that max-requests allows.',
  },
  token_limit_reached: {
    class: 'limit',
    sentence: 'The run has used all tokens that max-tokens allows.',
  },
  bad_request_target: {
    class: 'malformed',
    sentence:
      'The request target is not a path. This is an API sidecar, not a forward proxy: add 127.0.0.1 and localhost to NO_PROXY.',
  },
  method_not_forwarded: {
    class: 'malformed',
    sentence: 'TRACE is not forwarded: its answer repeats the request, and with it the credential.',
  },
  malformed_request: { class: 'malformed', sentence: 'The request is not valid HTTP/1.1.' },
  body_too_large_to_sign: {
    class: 'malformed',
    sentence: 'The request has to be signed as a whole and is larger than replay-buffer allows.',
  },
  foreign_origin: {
    class: 'final',
    sentence:
      'Requests without the token of this run must come from a command-line client on this machine, not from a web page.',
  },
  upgrade_unsupported: {
    class: 'upgrade',
    sentence: 'This upgrade is not a WebSocket. Use plain HTTP.',
  },
  credential_unavailable: {
    class: 'later',
    sentence: 'The credential could not be obtained or renewed; the log of the sidecar says why.',
  },
  sidecar_stopping: { class: 'later', sentence: 'The sidecar is stopping because the job is over.' },
  upstream_unreachable: { class: 'gateway', sentence: 'The upstream could not be reached.' },
  upstream_tls: {
    class: 'gateway',
    sentence: 'The TLS certificate of the upstream is not trusted. Give the inspecting proxy’s CA as ca-bundle.',
  },
  upstream_proxy_refused: {
    class: 'gateway',
    sentence: 'The corporate proxy refused the connection. The answer comes from the proxy, not from the provider.',
  },
  upstream_reset: { class: 'gateway', sentence: 'The upstream ended the connection before it answered.' },
  upstream_encoding: {
    class: 'gateway',
    sentence:
      'The upstream compressed its answer although it was asked not to, and in a way that cannot be undone here, so that it could not be searched for the credential.',
  },
  upstream_timeout: {
    class: 'timeout',
    sentence: 'The upstream sent nothing for as long as stream-idle-timeout allows.',
  },
} as const satisfies { readonly [code: string]: RefusalRow }

/** Header that every answer of the sidecar's own carries; its value is the refusal code. */
export const REFUSAL_HEADER = 'x-agent-proxy-refusal'

type StatusRow = Readonly<Record<RefusalClass, number>>

const COMMON: StatusRow = {
  final: 403,
  limit: 403,
  hidden: 404,
  malformed: 400,
  upgrade: 426,
  later: 503,
  gateway: 502,
  timeout: 504,
}

// codex ends at once on 400 and repeats 403 for 6–13 s; Copilot hides the text of 403 and hangs on 429, but shows 400 and 402.
const STATUS: Readonly<Record<ApiDialect, StatusRow>> = {
  openai: { ...COMMON, final: 400, limit: 400 },
  azure: { ...COMMON, final: 400, limit: 400 },
  copilot: { ...COMMON, final: 400, limit: 402 },
  anthropic: COMMON,
  google: COMMON,
  bedrock: COMMON,
}

export interface RefusalReply {
  readonly status: number
  /** Flat name, value list without content-length. */
  readonly headers: readonly string[]
  readonly body: string
}

export interface RefusalDetail {
  /** Added to the sentence; must be free of secrets. */
  readonly detail?: string
  /** Seconds, for the class `later`. */
  readonly retryAfter?: number
}

/** Renders a refusal in the error envelope of the provider whose client will read it. */
export function renderRefusal(code: RefusalCode, dialect: ApiDialect, extra: RefusalDetail = {}): RefusalReply {
  const row: RefusalRow = REFUSALS[code]
  const status = STATUS[dialect][row.class]
  const message = `setup-agent-proxy: ${row.sentence}${extra.detail === undefined ? '' : ` (${extra.detail})`}`
  const headers = ['content-type', 'application/json', REFUSAL_HEADER, code]
  if (row.class === 'later') headers.push('retry-after', String(extra.retryAfter ?? 1))
  else if (row.class !== 'gateway' && row.class !== 'timeout') headers.push('x-should-retry', 'false')
  return { status, headers, body: JSON.stringify(renderEnvelope({ dialect, code, message, status })) }
}

interface EnvelopeParts {
  readonly dialect: ApiDialect
  readonly code: RefusalCode
  readonly message: string
  readonly status: number
}

function renderEnvelope({ dialect, code, message, status }: EnvelopeParts): unknown {
  switch (dialect) {
    case 'anthropic':
      return { type: 'error', error: { type: `proxy_${code}`, message } }
    case 'google':
      return { error: { code: status, message, status: `PROXY_${code.toUpperCase()}` } }
    // Clients of AWS read the member `message`; the kind of the error stands in the refusal header.
    case 'bedrock':
      return { message }
    case 'openai':
    case 'azure':
    case 'copilot':
      return { error: { message, type: 'proxy_error', code: `proxy_${code}`, param: null } }
  }
}
