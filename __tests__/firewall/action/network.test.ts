import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob } from './support/firewall-job.ts'
import { createScene, KEY, LIMIT_MS, type Scene } from './support/scene.ts'
import { CORPORATE_PROXY, PROXY_CREDENTIALS } from './support/vendor-addresses.ts'

/** The enforced level in networks that are not the ordinary one. */
const suite = findObstacle() === undefined ? describe : describe.skip
const ASK =
  'curl -s -o /dev/null -w "%{http_code}" -m 5 -H "authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/models'
const MODEL = { kind: 'openai', keys: [KEY] } as const
const HOSTS = {
  'api.openai.com': MODEL,
  'six.model.example.com': MODEL,
  'llm.ghes.example.com': MODEL,
} as const

suite('the enforced level', () => {
  let scene: Scene
  let job: FirewallJob | undefined
  const mends: string[] = []

  beforeAll(async () => {
    scene = await createScene({ hosts: HOSTS, proxy: PROXY_CREDENTIALS })
  }, LIMIT_MS)
  afterEach(async () => {
    await job?.end()
    for (const line of mends.splice(0)) await scene.root(line)
  })
  afterAll(() => scene.close())

  const start = async (options: Parameters<Scene['openJob']>[0]): Promise<FirewallJob> => {
    job = await scene.openJob(options)
    const main = await job.runMain()
    expect({ code: main.code, errors: main.annotations('error') }).toEqual({ code: 0, errors: [] })
    expect(job.outputs['firewall-level']).toBe('enforced')
    return job
  }

  it.each([
    ['the input upstream-proxy', { inputs: { 'upstream-proxy': CORPORATE_PROXY } }],
    ['variables of the job', { environment: { HTTPS_PROXY: CORPORATE_PROXY, HTTP_PROXY: CORPORATE_PROXY } }],
  ])(
    'reaches models and allowed hosts through a corporate proxy that is given by %s',
    async (_how, given) => {
      const earlier = (await scene.vendors.seen()).tunnels.length
      const inputs = { 'allowed-domains': 'allowed.example.com', ...('inputs' in given ? given.inputs : {}) }
      const behind = await start({ ...given, inputs })
      expect((await behind.agent(ASK)).stdout).toBe('200')
      expect((await behind.agent('curl -sS -m 5 https://allowed.example.com/corp')).stdout).toContain('/corp')
      expect((await behind.agent('curl -sS -m 5 https://blocked.example.net/')).code).not.toBe(0)
      const tunnels = (await scene.vendors.seen()).tunnels.slice(earlier)
      expect([...new Set(tunnels)].sort()).toEqual(['allowed.example.com:443 200', 'api.openai.com:443 200'])
      expect((await behind.agent(`env | grep -c ${PROXY_CREDENTIALS}`)).stdout).toBe('0\n')
    },
    LIMIT_MS,
  )

  it(
    'reaches a model host and a GitHub server at private addresses',
    async () => {
      const inner = await start({
        inputs: { 'openai-base-url': 'https://llm.ghes.example.com/v1' },
        environment: {
          GITHUB_SERVER_URL: 'https://ghes.example.com',
          GITHUB_API_URL: 'https://ghes.example.com/api/v3',
        },
      })
      expect((await inner.agent(ASK)).stdout).toBe('200')
      expect((await inner.agent('curl -sS -m 5 https://ghes.example.com/api')).stdout).toContain(
        'outside ghes.example.com',
      )
      expect((await inner.agent('curl -sS -m 5 https://github.com/')).code).not.toBe(0)
    },
    LIMIT_MS,
  )

  it(
    'reaches a model host and an allowed host that have IPv6 addresses only',
    async () => {
      const six = await start({
        inputs: { 'openai-base-url': 'https://six.model.example.com/v1', 'allowed-domains': 'six.example.com' },
      })
      expect((await six.agent(ASK)).stdout).toBe('200')
      expect((await six.agent('curl -sS -m 5 https://six.example.com/six')).stdout).toContain('/six')
    },
    LIMIT_MS,
  )

  it(
    'works for a machine without a default route, whose proxy is near',
    async () => {
      mends.push(
        'ip route del 45.67.0.31 via 10.1.0.1; ip route del 45.67.0.53 via 10.1.0.1; ip route add default via 10.1.0.1',
      )
      await scene.root(
        'ip route del default; ip route add 45.67.0.31 via 10.1.0.1; ip route add 45.67.0.53 via 10.1.0.1',
      )
      const near = await start({
        inputs: { 'upstream-proxy': CORPORATE_PROXY, 'allowed-domains': 'allowed.example.com' },
      })
      expect((await near.agent(ASK)).stdout).toBe('200')
      expect((await near.agent('curl -sS -m 5 https://allowed.example.com/near')).stdout).toContain('/near')
      expect((await near.agent('curl -sS -m 5 http://blocked.example.net/')).stdout).toContain('was blocked')
    },
    LIMIT_MS,
  )
})
