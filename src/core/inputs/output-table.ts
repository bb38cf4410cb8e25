/** Every output of the action; `action.yml` and the README table are made from it. A URL is empty where its provider is not configured. */
export const OUTPUTS = {
  'copilot-api-url': 'Base URL of the Copilot API on the sidecar (COPILOT_API_URL).',
  'openai-base-url': 'Base URL of the OpenAI API on the sidecar, ending in /v1 (OPENAI_BASE_URL).',
  'anthropic-base-url': 'Base URL of the Anthropic API on the sidecar (ANTHROPIC_BASE_URL).',
  'gemini-base-url': 'Base URL of the Gemini API on the sidecar (GOOGLE_GEMINI_BASE_URL).',
  'vertex-base-url': 'Base URL of Vertex AI on the sidecar.',
  'provider-base-url': 'Base URL of your own provider on the sidecar.',
  'gh-host': 'Host that gh and Copilot use (GH_HOST); empty on github.com.',
  topology: 'Which GitHub this is: dotcom, tenant (GHE.com with data residency) or server (GitHub Enterprise Server).',
  'routing-mode': 'How Copilot requests are authenticated: inject, passthrough or exchange; empty without Copilot.',
  'copilot-api-target': 'Host of the Copilot API that is really used, after discovery.',
  'allowed-domains':
    'Hosts that an agent step needs, comma-separated, in the form that awf --allow-domains takes: without a firewall those of this GitHub, with one all that its list allows. No model hosts.',
  'sidecar-domains':
    'Hosts that the sidecar itself talks to, issuers of credentials included, comma-separated. GitHub’s OIDC host is not among them: the runner names it in ACTIONS_ID_TOKEN_REQUEST_URL, anew in each job.',
  'firewall-level': 'Level that the firewall reached: enforced, wrapped or cooperative; empty without a firewall.',
  'blocked-count':
    'Connections that the firewall had blocked when this step ended. What later steps add stands in firewall-log and the job summary: a post step cannot set outputs.',
  'blocked-hosts': 'Their hosts, comma-separated, each once.',
  'firewall-log': 'Path of the firewall’s log, one JSON object per line.',
  'squid-config': 'Path of the same policy as a configuration of Squid.',
  'awf-config': 'Path of the same policy as a configuration of AWF.',
  'https-proxy': 'URL of the forward proxy for clients that obey HTTPS_PROXY.',
  validation: 'What each probe found, as JSON without secrets.',
  'management-url': 'Address of the status page, and base URL of /health, /ready, /metrics and /status.json.',
  'log-directory': 'Directory that holds the access log and the sidecar’s own log.',
} as const satisfies { readonly [name: string]: string }

export type OutputName = keyof typeof OUTPUTS
