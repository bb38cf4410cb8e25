import { existsSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readStartTime } from '../../src/action/process-status.ts'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { Job } from '../support/runner.ts'
import { waitForText } from '../support/wait-for-text.ts'
import { waitUntil } from '../support/wait-until.ts'

const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'

interface Refusal {
  readonly status: number
  readonly body: string
}

function readRelayPid(job: Job): number {
  const state = JSON.parse(job.state.run ?? '{}') as { firewall?: { relay?: { pid: number } } }
  return state.firewall?.relay?.pid ?? 0
}

/** A zombie is none: not every machine has somebody who reaps. */
const isAlive = (pid: number): boolean => readStartTime(pid) !== null

/** Asks a forward proxy for a tunnel. */
function connect(proxyUrl: string, authority: string): Promise<Refusal> {
  const { hostname, port } = new URL(proxyUrl)
  return new Promise((resolve, reject) => {
    const call = request({
      hostname,
      port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority },
      agent: false,
    })
    call.on('connect', (answer, socket, head) => {
      const chunks: Buffer[] = [head]
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      socket.on('close', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }))
      if (answer.statusCode === 200) socket.destroy()
    })
    call.on('error', reject)
    call.end()
  })
}

describe('the cooperative level, from the inputs to the summary', () => {
  let provider: FakeProvider
  let inputs: Record<string, string>
  beforeAll(async () => {
    const hosts = { '*': createOpenAiService({ key: KEY, conversation: { text: 'hello' } }) }
    provider = await createFakeProvider({ hosts, tls: true })
    inputs = {
      'openai-api-key': KEY,
      'openai-base-url': `${provider.origin}/v1`,
      'ca-bundle': sharedAuthority().ca,
      'egress-policy': 'block',
      'firewall-level': 'cooperative',
      'allowed-domains': 'docs.example.com',
    }
  })
  afterAll(() => provider.close())

  test('refuses what no rule allows, says so to the caller, in the log and in the summary, and leaves nothing', async () => {
    await using job = new Job({ inputs })
    const main = await job.runMain()
    expect(main).toMatchObject({ exitCode: 0 })
    expect(job.environment).toMatchObject({ HTTPS_PROXY: job.outputs['https-proxy'], NODE_USE_ENV_PROXY: '1' })
    expect(job.outputs).toMatchObject({ 'firewall-level': 'cooperative', 'blocked-count': '0' })
    expect(job.outputs['allowed-domains']?.split(',')).toContain('https://docs.example.com')
    const relay = readRelayPid(job)
    expect(isAlive(relay)).toBe(true)
    const refused = await connect(job.outputs['https-proxy'] ?? '', 'evil.example.net:443')
    expect(refused).toMatchObject({
      status: 403,
      body: expect.stringContaining('No rule of the firewall allows this host'),
    })
    const log = await waitForText(job.outputs['firewall-log'] ?? '', 'evil.example.net')
    expect(log).toContain('"reason":"not-allowed"')
    const post = await job.runPost()
    expect(post.exitCode).toBe(0)
    expect(post.commands).toContainEqual(
      expect.objectContaining({ properties: expect.objectContaining({ title: 'evil.example.net was blocked' }) }),
    )
    expect(job.readSummary()).toContain('**cooperative, block**')
    expect(job.readSummary()).toContain('<code>evil.example.net</code> | 443 |')
    // Ended it is at once; its pid goes when process 1 has looked after it.
    await waitUntil('the relay is gone', () => !isAlive(relay))
    expect(existsSync(job.readState()?.directory ?? '')).toBe(false)
  })

  test('warns at once that variables keep nobody who does not want to be kept', async () => {
    await using job = new Job({ inputs })
    const main = await job.runMain()
    const titles = main.commands.map(({ properties }) => properties.title)
    expect(titles).toContain('Firewall: what cooperative leaves open')
    await job.runPost()
  })

  test('fails the job with fail-on-blocked when something was blocked', async () => {
    await using job = new Job({ inputs: { ...inputs, 'fail-on-blocked': 'true' } })
    await job.runMain()
    await connect(job.outputs['https-proxy'] ?? '', 'evil.example.net:443')
    await waitForText(job.outputs['firewall-log'] ?? '', 'evil.example.net')
    expect((await job.runPost()).exitCode).toBe(1)
  })

  test('writes the policy for other engines', async () => {
    await using job = new Job({ inputs })
    await job.runMain()
    expect(readFileSync(job.outputs['squid-config'] ?? '', 'utf8')).toContain('dstdomain -n docs.example.com')
    const awf = JSON.parse(readFileSync(job.outputs['awf-config'] ?? '', 'utf8')) as {
      network: { allowDomains: string[] }
    }
    expect(awf.network.allowDomains).toContain('https://docs.example.com')
    await job.runPost()
  })
})
