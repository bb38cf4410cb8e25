import { expect } from '@jest/globals'
import { createGitHubHosts, VENDORS } from '../../e2e/hosts.ts'
import { KEYS } from '../../e2e/keys.ts'
import { json } from '../../fakes/exchange.ts'
import { CHECKOUT, conversation, type ExampleRow, MAIN, nameSecrets, SCRIPT } from './example.ts'

const TENANT = 'contoso-aw.ghe.com'
const SERVER = 'github.example.com'
const DOTCOM = { copilot: 'api.githubcopilot.com', rest: 'api.github.com' }

export const OPENAI = {
  hosts: VENDORS.openai(conversation),
  given: { secrets: { OPENAI_API_KEY: KEYS.openai } },
  secrets: () => nameSecrets({ openai: KEYS.openai }),
} as const

export const ANTHROPIC = {
  hosts: VENDORS.anthropic(conversation),
  given: { secrets: { ANTHROPIC_API_KEY: KEYS.anthropic } },
  secrets: () => nameSecrets({ anthropic: KEYS.anthropic }),
} as const

export const CODEX = { agents: ['npx', 'codex'], model: ['api.openai.com /v1/responses'] }
export const CLAUDE = { agents: ['npx', 'claude'], model: ['api.anthropic.com /v1/messages'] }
const COPILOT = { agents: ['npx', 'copilot'] }
const BILLED = { rights: { 'copilot-requests': 'write' } } as const

/** GitHub's own models and those of the vendors, each with a key. */
export const VENDOR_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'copilot.yml',
    create: () => ({
      hosts: createGitHubHosts({ ...DOTCOM, token: KEYS.job }, conversation),
      given: { github: { token: KEYS.job } },
      secrets: () => nameSecrets({ 'the token of the job': KEYS.job }),
    }),
    expected: () => ({
      ...COPILOT,
      ...BILLED,
      steps: [CHECKOUT, MAIN, SCRIPT, SCRIPT],
      model: ['api.githubcopilot.com /models', 'api.githubcopilot.com /chat/completions'],
      outputs: { topology: 'dotcom', 'gh-host': '', 'routing-mode': 'inject' },
      summary: ['Copilot was reached at api.githubcopilot.com (inject).', '2 requests'],
    }),
  },
  {
    file: 'copilot-tenant.yml',
    create: () => ({
      hosts: createGitHubHosts({ copilot: `copilot-api.${TENANT}`, rest: `api.${TENANT}` }, conversation),
      given: {
        github: { server_url: `https://${TENANT}`, api_url: `https://api.${TENANT}`, token: KEYS.job },
        secrets: { COPILOT_GITHUB_TOKEN: KEYS.github },
      },
      secrets: () => nameSecrets({ github: KEYS.github }),
    }),
    expected: () => ({
      ...COPILOT,
      steps: [CHECKOUT, MAIN, SCRIPT, SCRIPT],
      model: [`copilot-api.${TENANT} /models`, `copilot-api.${TENANT} /chat/completions`],
      outputs: {
        topology: 'tenant',
        'gh-host': TENANT,
        'allowed-domains': expect.stringContaining(`https://*.${TENANT}`),
      },
      summary: [`tenant ${TENANT}, Copilot at copilot-api.${TENANT}`, '2 requests'],
    }),
  },
  {
    file: 'copilot-server.yml',
    programs: ['jq'],
    create: () => ({
      hosts: {
        ...createGitHubHosts(DOTCOM, conversation),
        [SERVER]: { answer: () => json(401, { message: 'Bad credentials' }) },
      },
      given: {
        github: { server_url: `https://${SERVER}`, api_url: `https://${SERVER}/api/v3`, token: KEYS.job },
        secrets: { COPILOT_CLOUD_TOKEN: KEYS.github },
      },
      secrets: () => nameSecrets({ 'the token of the cloud': KEYS.github }),
    }),
    expected: () => ({
      ...COPILOT,
      steps: [CHECKOUT, MAIN, SCRIPT, SCRIPT],
      model: ['api.githubcopilot.com /models', 'api.githubcopilot.com /chat/completions'],
      outputs: { topology: 'server', 'gh-host': SERVER, 'copilot-api-target': 'api.githubcopilot.com' },
      summary: ['copilot: valid at https://api.githubcopilot.com', '2 requests'],
    }),
  },
  {
    file: 'codex.yml',
    create: () => OPENAI,
    expected: () => ({
      steps: [CHECKOUT, CHECKOUT, SCRIPT, MAIN, SCRIPT],
      agents: ['codex'],
      model: CODEX.model,
      outputs: { 'openai-base-url': expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/) },
      summary: ['1 request'],
    }),
    also: [
      {
        what: 'fetches its program before the firewall stands, so that its list may be empty',
        look: ({ legs, requests }) => {
          expect(legs[0]?.steps[2]?.installs).toEqual(['npm install -g @openai/codex'])
          expect(new Set(requests.map(({ host }) => host))).toEqual(new Set(['api.openai.com']))
        },
      },
    ],
  },
  {
    file: 'claude-code.yml',
    create: () => ANTHROPIC,
    expected: () => ({ ...CLAUDE, steps: [CHECKOUT, MAIN, SCRIPT], summary: ['1 request'] }),
  },
  {
    file: 'claude-code-action.yml',
    create: () => ({ ...ANTHROPIC, given: { ...ANTHROPIC.given, github: { token: KEYS.job } } }),
    expected: () => ({
      ...CLAUDE,
      agents: ['claude'],
      rights: { 'pull-requests': 'write' },
      steps: [CHECKOUT, SCRIPT, MAIN, CHECKOUT],
      outputs: { 'allowed-domains': expect.stringContaining('https://github.com') },
      summary: ['1 request'],
    }),
  },
  {
    file: 'gemini.yml',
    create: () => ({
      hosts: VENDORS.gemini(conversation),
      given: { secrets: { GEMINI_API_KEY: KEYS.gemini } },
      secrets: () => nameSecrets({ gemini: KEYS.gemini }),
    }),
    expected: () => ({
      steps: [CHECKOUT, MAIN, SCRIPT],
      agents: ['npx', 'gemini'],
      model: ['generativelanguage.googleapis.com /v1beta/models/gemini-fake:streamGenerateContent'],
      summary: ['1 request'],
    }),
  },
  {
    file: 'static-keys.yml',
    create: () => ({
      hosts: {
        ...createGitHubHosts({ ...DOTCOM, token: KEYS.job }, conversation),
        ...OPENAI.hosts,
        ...ANTHROPIC.hosts,
      },
      given: {
        github: { token: KEYS.job },
        secrets: { ...OPENAI.given.secrets, ...ANTHROPIC.given.secrets },
      },
      secrets: () => nameSecrets({ job: KEYS.job, openai: KEYS.openai, anthropic: KEYS.anthropic }),
    }),
    expected: () => ({ ...CODEX, ...BILLED, steps: [CHECKOUT, MAIN, SCRIPT], summary: ['1 request'] }),
  },
  {
    file: 'firewall.yml',
    create: () => OPENAI,
    expected: () => ({
      ...CODEX,
      steps: [CHECKOUT, SCRIPT, MAIN, SCRIPT],
      outputs: { 'allowed-domains': expect.stringContaining('https://*.internal.example.com'), 'blocked-count': '0' },
      summary: ['1 request', 'cooperative, block'],
    }),
  },
]
