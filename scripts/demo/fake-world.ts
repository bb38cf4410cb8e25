import { randomBytes } from 'node:crypto'
import { createAnthropicService } from '../../__tests__/fakes/anthropic-service.ts'
import { sharedAuthority } from '../../__tests__/fakes/certificate.ts'
import { createCopilotService } from '../../__tests__/fakes/copilot-service.ts'
import { type CorporateProxy, createCorporateProxy } from '../../__tests__/fakes/fake-corporate-proxy.ts'
import { createFakeProvider, type FakeProvider } from '../../__tests__/fakes/fake-provider.ts'
import { createGitHubService } from '../../__tests__/fakes/github-service.ts'
import { createOpenAiService } from '../../__tests__/fakes/openai-service.ts'

/**
 * Room: demo. Everything outside the runner, on loopback: one fake provider that speaks for all hosts over TLS, with a
 * certificate made for this run, and the corporate proxy that leads to it. No name is resolved and nothing leaves the machine.
 */
export interface FakeWorld {
  readonly keys: Readonly<Record<'copilot' | 'openai' | 'anthropic' | 'dead', string>>
  readonly provider: FakeProvider
  readonly proxy: CorporateProxy
  /** PEM of the certificate authority made for this run. */
  readonly ca: string
  readonly close: () => Promise<void>
}

export const TENANT = 'contoso-aw.ghe.com'

const HOSTS = [`api.${TENANT}`, `copilot-api.${TENANT}`, 'api.openai.com', 'api.anthropic.com']
const random = (length: number): string => randomBytes(length).toString('hex').slice(0, length)

export async function createFakeWorld(): Promise<FakeWorld> {
  const keys = {
    copilot: `github_pat_11${random(20).toUpperCase()}_${random(59)}`,
    openai: `sk-proj-${random(48)}`,
    anthropic: `sk-ant-api03-${random(48)}`,
    dead: `sk-proj-${random(48)}`,
  }
  const conversation = { text: 'Hello from the fake model.' }
  const copilotApi = `https://copilot-api.${TENANT}`
  const provider = await createFakeProvider({
    tls: true,
    hosts: {
      [`api.${TENANT}`]: createGitHubService({ token: keys.copilot, copilotApi }),
      [`copilot-api.${TENANT}`]: createCopilotService({ accepts: (token) => token === keys.copilot, conversation }),
      'api.openai.com': createOpenAiService({ key: keys.openai, conversation }),
      'api.anthropic.com': createAnthropicService({ key: keys.anthropic, conversation }),
    },
    paceMs: 40,
  })
  const address = `127.0.0.1:${provider.port}`
  const proxy = await createCorporateProxy({
    routes: Object.fromEntries(HOSTS.map((host) => [`${host}:443`, address])),
  })
  const close = async (): Promise<void> => {
    await provider.close()
    await proxy.close()
  }
  return { keys, provider, proxy, ca: sharedAuthority().ca, close }
}
