import type { Advice } from './advice.ts'

/** Sentences of the CLIs. All texts of a row must occur; a row without any is found by its exit code, or on the page only. */
export interface AgentSentence extends Advice {
  /** What it prints, as it stands there; `…` stands for anything within one line. */
  readonly prints: readonly string[]
  /** What else tells the row, as Markdown behind (or instead of) the texts. */
  readonly note?: string
  readonly exitCode?: number
}

export interface AgentSentences {
  /** As users call the CLI; a heading of the page. */
  readonly client: string
  readonly sentences: readonly AgentSentence[]
}

const SAME_JOB = 'Run it where the exported variables are: in a later step of the same job, or behind `run --`'

const COPILOT: readonly AgentSentence[] = [
  {
    prints: ['No authentication information found'],
    cause:
      'No usable token in its environment: it runs without our variables (a container, `env -i`), or a token has an unknown prefix and was skipped',
    fix: `${SAME_JOB}; do not overwrite \`COPILOT_GITHUB_TOKEN\``,
  },
  {
    prints: ['400 Bad Request: failed to list models'],
    note: 'on `*.ghe.com`',
    cause: 'The request went to a Copilot host that does not know tokens of this tenant',
    fix: '`github-server-url` must be the tenant’s (the default is right on a tenant’s runner)',
  },
  {
    prints: ['Failed to load models', '400'],
    cause: 'The Copilot host refuses the credential: the wrong host for this tenant or plan',
    fix: 'Remove `copilot-api-target`; see the check in the job summary, or of `check`',
  },
  {
    prints: [],
    note: 'exit 1 and no output (1.0.6, 1.0.50)',
    cause: 'A 400 on the listing of models; these versions say nothing',
    fix: 'The cause stands in the job summary and in `sidecar.log`; use a newer version',
  },
  {
    prints: ['Authentication failed'],
    cause: '401 from the Copilot API on the listing',
    fix: 'The key died after the check; see `access.jsonl`',
  },
  {
    prints: ['Authorization error', 'Run /login'],
    cause: '401 or 403 on a model call; the text of the answer is hidden',
    fix: 'See the status and outcome in `access.jsonl`',
  },
  {
    prints: ['Access denied by policy settings'],
    cause: '403 on the listing: a policy of the organization or enterprise',
    fix: 'An owner enables "Copilot CLI" in the Copilot policies; a new token does not help',
  },
  {
    prints: ['Authentication token found but could not be validated'],
    cause: 'The CLI talks to GitHub itself: `COPILOT_API_URL` is not set where it runs',
    fix: SAME_JOB,
  },
  {
    prints: ['classic PAT'],
    cause: 'A `ghp_` token in `COPILOT_GITHUB_TOKEN`',
    fix: 'Remove it from the step',
  },
  {
    prints: ['Connection refused'],
    cause: '`COPILOT_API_URL` points to a sidecar that is gone: an older run, or a step after the job’s clean-up',
    fix: 'The step must lie between main and post',
  },
  {
    prints: ['retried 5 times', 'Last error: 502'],
    cause: 'The upstream is not reached; the message is ours',
    fix: 'The [refusal’s entry](#what-the-sidecar-answers)',
  },
  {
    prints: ['Offline mode requires a local model provider'],
    cause: '`COPILOT_OFFLINE` is set without a provider',
    fix: 'Remove it; it is exported only with `provider-base-url`',
  },
  {
    prints: [],
    note: 'custom MCP servers are blocked (one line on stderr)',
    cause: 'The CLI got a user-shaped token and could not fetch the MCP registry policy',
    fix: 'Leave `COPILOT_GITHUB_TOKEN` as exported; 1.0.50 to 1.0.79 ask in any case: use a newer version',
  },
  {
    prints: [],
    note: 'rate limit message, then nothing, for minutes',
    cause: 'A final 429 makes 1.0.92 and 1.0.102 hang',
    fix: '`timeout-minutes` on the step',
  },
]

const CODEX: readonly AgentSentence[] = [
  {
    prints: ['401 Unauthorized', 'Missing bearer or basic authentication in header', 'api.openai.com'],
    cause:
      'Codex talks to OpenAI itself: it ignores `OPENAI_BASE_URL` from 0.120 on, and its `config.toml` was overwritten or lies elsewhere (`CODEX_HOME` changed)',
    fix: 'Do not change `CODEX_HOME` after the action; keep the line `openai_base_url` before the first table',
  },
  {
    prints: ['unexpected status 400', 'setup-agent-proxy:'],
    cause: 'A refusal of the sidecar',
    fix: 'The [refusal’s entry](#what-the-sidecar-answers)',
  },
  {
    prints: ['exceeded retry limit, last status: 429'],
    cause: 'The provider’s limit',
    fix: 'Wait, or raise the limit at the provider',
  },
  {
    prints: ['currently experiencing high demand'],
    cause: '500 or 503, thirty times',
    fix: 'The outcome in `access.jsonl`',
  },
  {
    prints: ['Reconnecting... waiting for network'],
    note: 'and no end',
    cause: 'Connection refused: there is no sidecar on that port',
    fix: 'The step must lie between main and post of the same job',
  },
  {
    prints: ['reserved built-in provider IDs'],
    cause: '`[model_providers.openai]` in `config.toml`',
    fix: 'Remove that table',
  },
  {
    prints: [],
    note: 'a web search tool is missing',
    cause: '`model_provider` in `config.toml` names a provider of your own, which also does not use our base URL',
    fix: 'Remove it',
  },
]

const CLAUDE: readonly AgentSentence[] = [
  {
    prints: ['Not logged in · Please run /login'],
    cause: 'No key in its environment',
    fix: SAME_JOB,
  },
  {
    prints: ['Failed to authenticate. API Error: 401'],
    note: '(after minutes)',
    cause: 'The upstream refuses the key',
    fix: 'See the check in the job summary, or of `check`',
  },
  {
    prints: ['Failed to authenticate. API Error: 403', 'setup-agent-proxy:'],
    cause: 'A refusal of the sidecar',
    fix: 'The [refusal’s entry](#what-the-sidecar-answers)',
  },
  {
    prints: ['Connection refused — a firewall or proxy may be blocking it'],
    cause: 'No sidecar on that port, or `HTTP_PROXY` without `NO_PROXY`',
    fix: 'The step must lie between main and post; keep the exported `NO_PROXY`',
  },
  {
    prints: ['API Error: 500', 'check your inference gateway (127.0.0.1:…)'],
    cause: 'The upstream answered 500; the CLI means the sidecar’s address',
    fix: 'The outcome in `access.jsonl`',
  },
  {
    prints: ['API Error: 400', 'credit balance is too low'],
    cause: 'The account has no credit',
    fix: 'Add credit',
  },
]

const GEMINI: readonly AgentSentence[] = [
  {
    prints: ['Invalid auth method selected.'],
    exitCode: 41,
    cause: 'From 0.44 on a base URL alone selects a method that its own check refuses',
    fix: 'Keep `security.auth.selectedType` in `~/.gemini/settings.json` as the action wrote it; `HOME` must be the same',
  },
  {
    prints: [],
    exitCode: 55,
    cause: 'Headless in a folder it does not trust',
    fix: '`--skip-trust`, or `GEMINI_CLI_TRUST_WORKSPACE=true`',
  },
  {
    prints: ['API_KEY_INVALID'],
    note: '(400)',
    cause: 'The key is invalid: Google says 400, not 401',
    fix: 'A new key',
  },
]

const NETWORK: readonly AgentSentence[] = [
  {
    prints: ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY'],
    cause: 'The network inspects TLS',
    fix: '`ca-bundle`',
  },
  {
    prints: ['SELF_SIGNED_CERT_IN_CHAIN'],
    cause: 'The network inspects TLS',
    fix: '`ca-bundle`',
  },
  {
    prints: ['407 Proxy Authentication Required'],
    note: 'or 407 anywhere',
    cause: 'The corporate proxy, not the provider',
    fix: '`upstream-proxy` with user and password',
  },
  {
    prints: [],
    note: 'the agent’s requests do not arrive, the proxy’s log shows `127.0.0.1`',
    cause: 'A later step overwrote `NO_PROXY`',
    fix: 'Merge `127.0.0.1,localhost` into it',
  },
]

/** What the agents print, by CLI, in the order of the page. */
export const AGENT_SENTENCES: readonly AgentSentences[] = [
  { client: 'Copilot CLI', sentences: COPILOT },
  { client: 'Codex', sentences: CODEX },
  { client: 'Claude Code', sentences: CLAUDE },
  { client: 'Gemini CLI', sentences: GEMINI },
  { client: 'Proxies and certificates', sentences: NETWORK },
]
