import type { RefusalCode } from '../refusals.ts'
import type { Advice } from './advice.ts'

/** What leads to each refusal of the sidecar and what to do; the part of docs/troubleshooting.md about it is made from this. */
export const REFUSAL_ADVICE = {
  client_token_missing: {
    cause:
      'The client sent no credential, and is not served without: another user (a container, `sudo`), `client-auth: token`, the Copilot port, or not Linux.',
    fix: 'Run it in a later step of the same job with the exported variables. A client that reads no variable needs the token as its key: it is in `OPENAI_API_KEY`, `ANTHROPIC_API_KEY`, `COPILOT_GITHUB_TOKEN` and so on.',
  },
  client_token_invalid: {
    cause:
      'The client sent a credential of its own: a real key in the step’s `env:`, a stored login (`gh auth`, `codex login`), a token of another run.',
    fix: 'Remove it; the sidecar brings the real one.',
  },
  path_not_lent: {
    cause:
      'A request on the Copilot port that a Copilot client does not need, such as `/user`, `/graphql` or `/copilot_internal/v2/token`. With the injected GitHub token it would be the agent’s.',
    fix: 'Call the GitHub API with a token meant for it, not through the Copilot port.',
  },
  mcp_not_lent: {
    cause:
      'The client asked for GitHub’s MCP server or agent endpoints with the Copilot credential. It goes on without.',
    fix: 'None is needed. If you want the agent to read GitHub with that token: `copilot-mcp: allow`.',
  },
  request_limit_reached: {
    cause: 'The run has made as many requests as `max-requests` allows.',
    fix: 'A larger `max-requests`, if the run was right to make so many.',
  },
  token_limit_reached: {
    cause: 'The run has used as many tokens as `max-tokens` allows.',
    fix: 'A larger `max-tokens`, if the run was right to use so many.',
  },
  bad_request_target: {
    cause:
      'The client talks to the sidecar as to a forward proxy (`GET http://…`, `CONNECT`), because `HTTP_PROXY` points to it; or the path holds dot segments or an escaped slash.',
    fix: '`NO_PROXY` must contain `127.0.0.1`; use the base URL as exported.',
  },
  method_not_forwarded: {
    cause: 'A `TRACE` request. An upstream answers it with the request it got, and so with the injected credential.',
    fix: 'None; use any other method.',
  },
  malformed_request: {
    cause: 'The bytes are not a request of HTTP/1.1, or one that two parsers would read differently.',
    fix: 'The client.',
  },
  body_too_large_to_sign: {
    cause:
      'Requests to Amazon Bedrock are signed over their whole body, so it is held first; this one is larger than `replay-buffer`.',
    fix: 'A larger `replay-buffer`, up to 256MiB.',
  },
  foreign_origin: {
    cause:
      'The request came from a web page, or for another host name. Keys are lent to command-line clients on this machine only.',
    fix: 'Use a command-line client on this machine, with the base URL as exported.',
  },
  upgrade_unsupported: {
    cause: 'The client asked for an upgrade other than WebSocket.',
    fix: 'None: clients go on with plain HTTP by themselves.',
  },
  credential_unavailable: {
    cause:
      'The credential could not be obtained or renewed; `Retry-After` says when to ask again. The line `credential-failed` in `access.jsonl` has the sentence of [the dictionary of sources](#why-a-source-gives-no-credential).',
    fix: 'The cause in that sentence. What heals is tried again by itself and needs no restart; what would fail the same way is asked three times, and then only a corrected set-up and a new job help. How renewal works: [credentials](credentials.md#when-it-fails).',
  },
  sidecar_stopping: {
    cause:
      'The post step is taking the sidecar down; no new request is served. Who still asks is a process that outlives its step, such as a background step that nobody waited for.',
    fix: 'End such processes before the step ends, or wait for them.',
  },
  upstream_unreachable: {
    cause: 'Name resolution or connection to the upstream failed. The detail has the host and the platform’s code.',
    fix: 'The host’s spelling, or the firewall or proxy between; the check at the start says which hosts were reached.',
  },
  upstream_tls: {
    cause: 'The certificate shown for the upstream is not trusted, as a rule because the network inspects TLS.',
    fix: 'Its CA as `ca-bundle` (a path or PEM text). Verification is never switched off.',
  },
  upstream_proxy_refused: {
    cause: 'The corporate proxy answered instead of the upstream: 407 wants credentials, 403 forbids the host.',
    fix: '`upstream-proxy` with user and password (percent-encoded), or the host on that proxy’s list.',
  },
  upstream_reset: {
    cause: 'The upstream, or something between, ended the connection before an answer.',
    fix: 'None: clients try again by themselves. If it stays, look for a firewall or an inspecting proxy in between.',
  },
  upstream_encoding: {
    cause:
      'The upstream, or a gateway in front of it, sent a compressed answer (or agreed on compressed WebSocket messages) although it was asked not to, in a coding other than gzip, deflate, br and zstd, or a range of compressed bytes. The sidecar passes on nothing that it could not search for the credential.',
    fix: 'Switch that coding off at the gateway; ask for whole files instead of ranges.',
  },
  upstream_timeout: {
    cause: 'No byte came for `stream-idle-timeout` seconds.',
    fix: 'A longer time if the model really thinks so long.',
  },
} as const satisfies Readonly<Record<RefusalCode, Advice>>
