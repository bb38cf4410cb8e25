import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { createAnthropicService } from '../fakes/anthropic-service.ts'
import { createCopilotService } from '../fakes/copilot-service.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { createGithubApp } from '../fakes/issuers/github-app.ts'
import { createGithubOidc, OIDC_PATH, OIDC_QUERY } from '../fakes/issuers/github-oidc.ts'
import { createOauth } from '../fakes/issuers/oauth.ts'
import { createTokenGate } from '../fakes/issuers/token-gate.ts'
import { createTokenLedger } from '../fakes/issuers/token-ledger.ts'
import { createAnthropicFederation } from '../fakes/issuers/vendor-federation.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { callSidecar } from './call-sidecar.ts'
import type { Job } from './job.ts'
import { KEYS } from './keys.ts'
import { expectStarted } from './task.ts'
import type { World } from './world.ts'

const conversation = { text: 'done' }
const INNER = 'the key that only the gate knows'
const OIDC_HOST = 'run-actions-1.actions.githubusercontent.com'
const OIDC_TOKEN = 'runner-0idc-t0ken-5f0e3c1b9d7a'
const CLIENT_SECRET = 'cl1ent-s3cret-0123456789abcdef'
const FIRST_REFRESH = 'rt-first-0123456789abcdef0123'

export interface MintingJob {
  readonly job: Job
  /** Everything secret that was given, shown or obtained. */
  readonly secrets: readonly { readonly name: string; readonly value: string }[]
}

/** A job whose four providers get credentials from a command, a GitHub App, a federation and a rotating refresh token. */
export async function openMintingJob(world: World): Promise<MintingJob> {
  const job = await world.openJob()
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const oidc = createGithubOidc({ token: OIDC_TOKEN, path: OIDC_PATH })
  const ledgers = { app: createTokenLedger(HOUR), claude: createTokenLedger(HOUR), gateway: createTokenLedger(HOUR) }
  const client = { path: '/token', clientId: 'agent', clientSecret: CLIENT_SECRET, refreshToken: FIRST_REFRESH }
  const oauth = createOauth({ ...client, tokens: ledgers.gateway })
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  await world.serve({
    [OIDC_HOST]: oidc,
    'api.openai.com': createOpenAiService({ key: KEYS.openai, conversation }),
    'api.github.com': createGithubApp({ publicKey, appId: '4711', installationId: '98765', tokens: ledgers.app }),
    'api.githubcopilot.com': createCopilotService({ accepts: ledgers.app.accepts, conversation }),
    'api.anthropic.com': createClaude(ledgers.claude, oidc),
    'login.corp.example': oauth,
    'llm.corp.example': createTokenGate(createOpenAiService({ key: INNER, conversation }), {
      accepts: ledgers.gateway.accepts,
      inner: { header: 'authorization', value: `Bearer ${INNER}` },
    }),
  })
  expectStarted(await job.start({ 'ca-bundle': world.caFile, ...renderInputs(pem) }, RUNNER))
  await useEach(job)
  for (const ledger of Object.values(ledgers)) ledger.revokeAll()
  await useEach(job)
  const named = (name: string, values: readonly string[]) => values.map((value) => ({ name, value }))
  const lines = pem.split('\n').filter((line) => line.length > 40)
  return {
    job,
    secrets: [
      ...named('printed key', [KEYS.openai]),
      ...named('oidc token', [OIDC_TOKEN]),
      ...named('client secret', [CLIENT_SECRET]),
      ...named('private key', lines),
      ...named('assertion', oidc.assertions),
      ...named('refresh token', oauth.refreshTokens),
      ...Object.values(ledgers).flatMap(({ issued }) => named('minted token', issued)),
    ],
  }
}

const HOUR = { claimed: 3600 }

const RUNNER = {
  ACTIONS_ID_TOKEN_REQUEST_URL: `https://${OIDC_HOST}${OIDC_PATH}?${OIDC_QUERY}`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: OIDC_TOKEN,
}

function renderInputs(pem: string): Readonly<Record<string, string>> {
  // Spelled out byte by byte, so that the key itself stands in no argument while the program runs.
  const escaped = Array.from(Buffer.from(KEYS.openai), (byte) => `\\x${byte.toString(16)}`).join('')
  return {
    'openai-api-key-command': JSON.stringify(['/usr/bin/printf', '%b', escaped]),
    'copilot-api-target': 'api.githubcopilot.com',
    'github-app-id': '4711',
    'github-app-installation-id': '98765',
    'github-app-private-key': pem,
    'anthropic-federation-rule-id': 'fdrl_1',
    'anthropic-organization-id': 'org-1',
    'provider-base-url': 'https://llm.corp.example/v1',
    'provider-credential': 'oauth',
    'oauth-token-url': 'https://login.corp.example/token',
    'oauth-client-id': 'agent',
    'oauth-client-secret': CLIENT_SECRET,
    'oauth-refresh-token': FIRST_REFRESH,
    'log-level': 'debug',
  }
}

function createClaude(
  tokens: ReturnType<typeof createTokenLedger>,
  oidc: ReturnType<typeof createGithubOidc>,
): FakeService {
  const members = { federation_rule_id: 'fdrl_1', organization_id: 'org-1' }
  const issuer = createAnthropicFederation({ oidc, tokens, members })
  const model = createTokenGate(createAnthropicService({ key: INNER, conversation }), {
    accepts: tokens.accepts,
    inner: { header: 'x-api-key', value: INNER },
    companions: { 'anthropic-beta': 'oauth-2025-04-20' },
  })
  return { answer: (request) => (request.path === '/v1/oauth/token' ? issuer : model).answer(request) }
}

const BASES = [
  ['OPENAI_BASE_URL', 'OPENAI_API_KEY', '/models'],
  ['COPILOT_API_URL', 'COPILOT_GITHUB_TOKEN', '/models'],
  ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', '/v1/models'],
  ['COPILOT_PROVIDER_BASE_URL', 'COPILOT_PROVIDER_API_KEY', '/models'],
] as const

async function useEach({ exports }: Job): Promise<void> {
  for (const [base, token, path] of BASES) {
    const call = { base: exports[base] ?? '', token: exports[token] ?? '', path }
    const { status, text } = await callSidecar(call)
    // Without its version header Anthropic's listing is a 400 behind the door: the credential was taken.
    assert.ok(status === 200 || (status === 400 && text.includes('anthropic-version')), `${base}: ${status} ${text}`)
  }
}
