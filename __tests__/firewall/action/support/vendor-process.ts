import { createInterface } from 'node:readline'
import { createAnthropicService } from '../../../fakes/anthropic-service.ts'
import { sharedAuthority } from '../../../fakes/certificate.ts'
import type { Conversation } from '../../../fakes/conversation.ts'
import { createCopilotService } from '../../../fakes/copilot-service.ts'
import type { FakeService } from '../../../fakes/exchange.ts'
import { createCorporateProxy } from '../../../fakes/fake-corporate-proxy.ts'
import { createFakeProvider } from '../../../fakes/fake-provider.ts'
import { createGeminiService } from '../../../fakes/gemini-service.ts'
import { createGitHubService } from '../../../fakes/github-service.ts'
import { createOpenAiService } from '../../../fakes/openai-service.ts'
import { VENDOR_PORT } from './vendor-addresses.ts'

/**
 * The model hosts of the outside, in its network namespace but with a certificate of their own. First line on stdin: what to be.
 * Then one line for each question; the answer is a line, too.
 */
export interface VendorOrder {
  readonly hosts: Readonly<Record<string, VendorHost>>
  readonly conversation: Conversation
  /** `user:password` of a corporate proxy on port 3128; null = there is none. */
  readonly proxy: string | null
}

export type VendorHost =
  | { readonly kind: 'openai' | 'anthropic' | 'gemini' | 'copilot'; readonly keys: readonly string[] }
  | { readonly kind: 'github'; readonly keys: readonly string[]; readonly copilotApi: string }

export interface SeenByVendors {
  readonly requests: readonly {
    readonly host: string
    readonly line: string
    readonly credentials: readonly string[]
  }[]
  readonly tunnels: readonly string[]
}

function createService(host: VendorHost, conversation: Conversation): FakeService {
  const services = host.keys.map((key) => createOne(host, key, conversation))
  return {
    answer: (request) => {
      const offered = JSON.stringify(request.rawHeaders)
      const index = host.keys.findIndex((key) => offered.includes(key))
      const service = services[Math.max(index, 0)]
      if (service === undefined) throw new Error('A host without a key')
      return service.answer(request)
    },
  }
}

function createOne(host: VendorHost, key: string, conversation: Conversation): FakeService {
  if (host.kind === 'openai') return createOpenAiService({ key, conversation })
  if (host.kind === 'anthropic') return createAnthropicService({ key, conversation })
  if (host.kind === 'gemini') return createGeminiService({ key, conversation })
  if (host.kind === 'github') return createGitHubService({ token: key, copilotApi: host.copilotApi })
  return createCopilotService({ accepts: (offered) => offered === key, conversation })
}

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const order = JSON.parse((await lines.next()).value as string) as VendorOrder
const services = Object.entries(order.hosts).map(
  ([name, host]) => [name, createService(host, order.conversation)] as const,
)
const provider = await createFakeProvider({
  hosts: Object.fromEntries(services),
  tls: true,
  address: '::',
  port: VENDOR_PORT,
})
// There is no name server for it here: everything that it may reach is in this namespace.
const routes = Object.fromEntries([
  ...Object.keys(order.hosts).map((name) => [`${name}:443`, `127.0.0.1:${VENDOR_PORT}`]),
  ['allowed.example.com:443', '127.0.0.1:443'],
])
const proxy =
  order.proxy === null
    ? undefined
    : await createCorporateProxy({ credentials: order.proxy, address: '0.0.0.0', port: 3128, routes })
console.log(JSON.stringify({ ca: sharedAuthority().ca }))
for await (const _question of lines) {
  const seen: SeenByVendors = {
    requests: provider.requests.map(({ host, method, path, credentials }) => ({
      host,
      line: `${method} ${path}`,
      credentials: credentials.map(({ value }) => value),
    })),
    tunnels: proxy?.targets.map(({ target, status }) => `${target} ${status}`) ?? [],
  }
  console.log(JSON.stringify(seen))
}
process.exit(0)
