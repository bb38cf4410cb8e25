import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KEYS } from '../../e2e/keys.ts'
import { type FakeService, json } from '../../fakes/exchange.ts'
import { createEntra } from '../../fakes/issuers/entra.ts'
import { createOauth } from '../../fakes/issuers/oauth.ts'
import { createTokenGate } from '../../fakes/issuers/token-gate.ts'
import { createTokenLedger, type TokenLedger } from '../../fakes/issuers/token-ledger.ts'
import { createOpenAiService } from '../../fakes/openai-service.ts'
import { CHECKOUT, conversation, type ExampleRow, MAIN, nameSecrets, SCRIPT } from './example.ts'
import { AZURE_VARS, createApim, SUBSCRIPTION_KEY } from './issuers.ts'

const GATEWAY = 'gateway.example.com'
const random = (): string => randomBytes(12).toString('hex')
// Made anew in every test process: others look for theirs in the environments of all processes of the machine.
const VAULT_TOKEN = `hvs.${random()}`
const IDENTITY_KEY = `identity-${random()}`
const CLIENT_SECRET = `client~${random()}`
const AZURE_SECRET = `azure~${random()}`
const REFRESH_TOKEN = `refresh-${random()}`

const STEPS = [CHECKOUT, MAIN, SCRIPT]
const COPILOT = { steps: STEPS, agents: ['npx', 'copilot'], summary: ['1 request'] }
const CODEX = { steps: STEPS, agents: ['npx', 'codex'], summary: ['1 request'] }

/** A gateway of the OpenAI kind that knows one key. */
const gateway = (key: string = KEYS.gateway): FakeService =>
  createOpenAiService({ key, conversation, models: ['gpt-5'] })

/** The same, for whoever shows a living token. */
function createTokenGateway({ accepts }: TokenLedger): FakeService {
  const key = 'the key that only the gateway knows'
  return createTokenGate(gateway(key), { accepts, inner: { header: 'authorization', value: `Bearer ${key}` } })
}

/** One value behind one credential, as a store of secrets or an identity service gives it. */
function createStore(at: string, header: string, value: string, body: object): FakeService {
  return {
    answer: (request) => {
      const isRight = request.path === at && request.header(header) === value
      return isRight ? json(200, body) : json(403, { errors: ['permission denied'] })
    },
  }
}

const mintedBy = (tokens: TokenLedger) => tokens.issued.map((value) => ({ name: 'minted token', value }))

/** Gateways, each with another way to its token. */
export const GATEWAY_EXAMPLES: readonly ExampleRow[] = [
  {
    file: 'gateway-command.yml',
    create: () => ({
      hosts: {
        [GATEWAY]: gateway(),
        'vault.example.com': createStore('/v1/secret/data/ai-gateway', 'x-vault-token', VAULT_TOKEN, {
          data: { data: { token: KEYS.gateway } },
        }),
      },
      given: { secrets: { VAULT_TOKEN } },
      secrets: () => nameSecrets({ gateway: KEYS.gateway, vault: VAULT_TOKEN }),
    }),
    expected: () => ({ ...COPILOT, agents: ['vault', 'npx', 'copilot'], model: [`${GATEWAY} /v1/chat/completions`] }),
  },
  {
    file: 'gateway-command-shell.yml',
    programs: ['curl', 'jq'],
    create: () => ({
      hosts: {
        [GATEWAY]: gateway(),
        'identity.example.com': createStore('/token', 'authorization', `Bearer ${IDENTITY_KEY}`, {
          data: { token: KEYS.gateway },
        }),
      },
      given: { secrets: { IDENTITY_KEY } },
      secrets: () => nameSecrets({ gateway: KEYS.gateway, identity: IDENTITY_KEY }),
    }),
    expected: () => ({ ...CODEX, model: [`${GATEWAY} /v1/responses`] }),
  },
  {
    file: 'gateway-file.yml',
    // The kubelet's file is another one here: its path is of a pod. It lies outside of the job, as in a volume of its own.
    create: () => {
      const volume = mkdtempSync(path.join(tmpdir(), 'agent-proxy-volume-'))
      writeFileSync(path.join(volume, 'token'), `${KEYS.gateway}\n`)
      return {
        hosts: { 'gateway.internal.example.com': gateway() },
        secrets: () => nameSecrets({ gateway: KEYS.gateway }),
        replaced: { 'provider-api-key-file': path.join(volume, 'token') },
        close: () => rmSync(volume, { recursive: true }),
      }
    },
    expected: () => ({ ...COPILOT, model: ['gateway.internal.example.com /v1/chat/completions'] }),
  },
  {
    file: 'gateway-oauth.yml',
    create: () => {
      const tokens = createTokenLedger({ claimed: 3600 })
      const client = { path: '/oauth2/token', clientId: 'agents', clientSecret: CLIENT_SECRET }
      return {
        hosts: {
          'login.example.com': createOauth({ ...client, scope: 'models.read models.infer', tokens }),
          [GATEWAY]: createTokenGateway(tokens),
        },
        given: { vars: { GATEWAY_CLIENT_ID: 'agents' }, secrets: { GATEWAY_CLIENT_SECRET: CLIENT_SECRET } },
        secrets: () => [...nameSecrets({ client: CLIENT_SECRET }), ...mintedBy(tokens)],
      }
    },
    expected: () => ({ ...CODEX, model: [`${GATEWAY} /v1/responses`] }),
  },
  {
    file: 'gateway-oauth-refresh.yml',
    create: () => {
      const tokens = createTokenLedger({ claimed: 3600 })
      const issuer = createOauth({ path: '/oauth2/token', clientId: 'agents', refreshToken: REFRESH_TOKEN, tokens })
      return {
        hosts: { 'login.example.com': issuer, [GATEWAY]: createTokenGateway(tokens) },
        given: { vars: { GATEWAY_CLIENT_ID: 'agents' }, secrets: { GATEWAY_REFRESH_TOKEN: REFRESH_TOKEN } },
        secrets: () => [
          ...issuer.refreshTokens.map((value) => ({ name: 'refresh token', value })),
          ...mintedBy(tokens),
        ],
      }
    },
    expected: () => ({ ...COPILOT, model: [`${GATEWAY} /v1/chat/completions`] }),
  },
  {
    file: 'azure-apim-command.yml',
    create: () => {
      const tokens = createTokenLedger({ claimed: 3600 })
      const { AZURE_TENANT_ID: tenantId, AZURE_CLIENT_ID: clientId } = AZURE_VARS
      const login = { tenantId, clientId, clientSecret: AZURE_SECRET }
      return {
        hosts: {
          'login.microsoftonline.com': createEntra({
            ...{ cloud: 'public', scope: 'api://contoso-ai-gateway/.default', tokens },
            ...login,
          }),
          'contoso-apim.azure-api.net': createApim(tokens, 'authorization'),
        },
        given: {
          secrets: { AZURE_CREDENTIALS: JSON.stringify(login), APIM_SUBSCRIPTION_KEY: SUBSCRIPTION_KEY },
        },
        secrets: () => [...nameSecrets({ azure: AZURE_SECRET, subscription: SUBSCRIPTION_KEY }), ...mintedBy(tokens)],
      }
    },
    // The login of the Azure CLI lies in the home directory, as the example says.
    knownPlaces: ['home/.azure'],
    expected: () => ({
      ...COPILOT,
      steps: [CHECKOUT, CHECKOUT, MAIN, SCRIPT],
      agents: ['az', 'npx', 'copilot'],
      model: ['contoso-apim.azure-api.net /openai/v1/chat/completions'],
    }),
  },
]
