import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { Job } from '../support/runner.ts'
import { isRunning } from '../support/sidecar.ts'
import { assertJobClean } from './support/job-search.ts'

/** Two jobs of one user on one machine at the same time: other tenants, keys, ports, tool caches and log directories. */
const NAMES = ['acme', 'globex'] as const
const KEYS = {
  acme: 'sk-proj-Acm3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t',
  globex: 'sk-proj-Gl0b3xq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t',
}
const SECRETS = NAMES.map((name) => ({ name: `key of ${name}`, value: KEYS[name] }))

interface Tenant extends AsyncDisposable {
  readonly job: Job
  readonly provider: FakeProvider
  readonly chat: (token?: string) => Promise<Response>
}

async function openTenant(name: (typeof NAMES)[number]): Promise<Tenant> {
  const hosts = { '*': createOpenAiService({ key: KEYS[name], conversation: { text: `hello from ${name}` } }) }
  const provider = await createFakeProvider({ hosts, tls: true })
  const toolCache = mkdtempSync(join(tmpdir(), `agent-proxy-cache-${name}-`))
  const job = new Job({
    inputs: {
      'openai-api-key': KEYS[name],
      'openai-base-url': `${provider.origin}/v1`,
      'ca-bundle': sharedAuthority().ca,
      'log-directory': 'logs',
    },
    environment: {
      GITHUB_SERVER_URL: `https://${name}.ghe.com`,
      GITHUB_API_URL: `https://api.${name}.ghe.com`,
      RUNNER_TOOL_CACHE: toolCache,
    },
  })
  return {
    job,
    provider,
    chat: (token = job.environment.OPENAI_API_KEY) =>
      fetch(`${job.environment.OPENAI_BASE_URL}/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] }),
      }),
    [Symbol.asyncDispose]: async () => {
      await job[Symbol.asyncDispose]()
      await provider.close()
      rmSync(toolCache, { recursive: true, force: true })
    },
  }
}

const bytesAt = (provider: FakeProvider): string =>
  provider.connections.map((connection) => connection.bytes().toString('latin1')).join()

describe('two jobs on one host', () => {
  test('run side by side: neither serves, knows or disturbs the other', async () => {
    await using acme = await openTenant('acme')
    await using globex = await openTenant('globex')
    const mains = await Promise.all([acme.job.runMain(), globex.job.runMain()])
    expect(mains.map(({ exitCode }) => exitCode)).toEqual([0, 0])

    // Ports, tokens and tenants are their own.
    expect(acme.job.exported.OPENAI_BASE_URL).not.toBe(globex.job.exported.OPENAI_BASE_URL)
    expect(acme.job.exported.OPENAI_API_KEY).not.toBe(globex.job.exported.OPENAI_API_KEY)
    expect([acme.job.outputs['allowed-domains'], globex.job.outputs['allowed-domains']]).toEqual([
      expect.stringContaining('acme.ghe.com'),
      expect.stringContaining('globex.ghe.com'),
    ])
    expect(acme.job.outputs['allowed-domains']).not.toContain('globex')

    // Each is answered by its own upstream, all at once; neither key reaches the other's.
    const answers = await Promise.all([acme, globex, acme, globex, acme, globex].map((tenant) => tenant.chat()))
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(texts.map((text) => /hello from (\w+)/.exec(text)?.[1])).toEqual([...NAMES, ...NAMES, ...NAMES])
    expect(bytesAt(acme.provider)).not.toContain(KEYS.globex)
    expect(bytesAt(globex.provider)).not.toContain(KEYS.acme)

    // The token of one opens nothing at the other.
    const before = [acme.provider.requests.length, globex.provider.requests.length]
    for (const [here, there] of [
      [acme, globex],
      [globex, acme],
    ] as const) {
      const crossed = await here.chat(there.job.environment.OPENAI_API_KEY)
      expect([crossed.status, crossed.headers.get('x-agent-proxy-refusal')]).toEqual([400, 'client_token_invalid'])
    }
    expect([acme.provider.requests.length, globex.provider.requests.length]).toEqual(before)

    // The end of one is not the end of the other.
    const pid = globex.job.readState()?.pid ?? 0
    const first = await acme.job.runPost()
    expect([first.exitCode, isRunning(pid), (await globex.chat()).status]).toEqual([0, true, 200])
    await expect(acme.chat()).rejects.toThrow()
    const second = await globex.job.runPost()
    expect([second.exitCode, isRunning(pid)]).toEqual([0, false])
    expect(acme.job.readSummary()).toContain('4 requests, 3,600 tokens in')
    expect(globex.job.readSummary()).toContain('5 requests, 4,800 tokens in')
    for (const { job } of [acme, globex]) expect(existsSync(job.readState()?.directory ?? '')).toBe(false)

    // And neither key stands anywhere in what either job has left.
    assertJobClean(acme.job, SECRETS, ...mains, first, second)
    assertJobClean(globex.job, SECRETS)
  }, 60_000)
})
