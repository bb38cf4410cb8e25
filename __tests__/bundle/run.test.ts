import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { FAKE_USAGE } from '../fakes/conversation.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createGeminiService } from '../fakes/gemini-service.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { Job } from '../support/runner.ts'
import { listSidecars } from '../support/sidecar-processes.ts'
import { waitForText } from '../support/wait-for-text.ts'

const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'
const GEMINI_KEY = 'AIzaSyD-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6'
const conversation = { text: 'the answer' }

async function createOpenAi(): Promise<FakeProvider> {
  return createFakeProvider({ hosts: { '*': createOpenAiService({ key: KEY, conversation }) }, tls: true })
}

function createJob(provider: FakeProvider, environment: Readonly<Record<string, string>> = {}): Job {
  const inputs = {
    'openai-api-key': KEY,
    'openai-base-url': `${provider.origin}/v1`,
    'ca-bundle': sharedAuthority().ca,
  }
  return new Job({ inputs, environment })
}

async function chat(job: Job): Promise<Response> {
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = job.environment
  return fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] }),
  })
}

describe('main, an agent, post', () => {
  test('a request with the exported variables reaches the provider with the key as its only credential', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    const main = await job.runMain()
    expect(main).toMatchObject({ exitCode: 0 })
    expect(job.environment.OPENAI_API_KEY).toMatch(/^agentproxy-\w{36}$/)
    const answer = await chat(job)
    expect(await answer.json()).toMatchObject({ object: 'chat.completion' })
    const request = provider.requests.find(({ path }) => path === '/v1/chat/completions')
    expect(request?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${KEY}` }])
    expect(provider.connections.map((connection) => connection.bytes().toString('latin1')).join()).not.toContain(
      'agentproxy-',
    )
  })

  test('post ends the sidecar, removes its directory and reports requests and tokens', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    await job.runMain()
    await (await chat(job)).arrayBuffer()
    const post = await job.runPost()
    expect(post).toMatchObject({ exitCode: 0, commands: [] })
    expect(listSidecars()).toEqual([])
    expect(existsSync(job.readState()?.directory ?? '')).toBe(false)
    expect(job.readSummary()).toContain(
      `✅ **1 request, ${FAKE_USAGE.input.toLocaleString('en-US')} tokens in, ${FAKE_USAGE.output} out**`,
    )
  })

  test('post may run twice: the second time nothing is said, written or changed', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    await job.runMain()
    await job.runPost()
    const again = await job.runPost()
    expect(again).toMatchObject({ exitCode: 0, log: '' })
    expect(job.readSummary()).toBe('')
  })

  test('no key stands in any file of the job, and the state holds none', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    await job.runMain()
    await (await chat(job)).arrayBuffer()
    const { logDirectory } = job.readState() ?? { logDirectory: '' }
    const access = await waitForText(join(logDirectory, 'access.jsonl'), '"kind":"request"')
    const own = readFileSync(join(logDirectory, 'sidecar.log'), 'utf8')
    expect([access, own, JSON.stringify(job.state), JSON.stringify(job.exported)].join()).not.toContain(KEY)
  })

  test('every output is set, and the URLs are those the environment has', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    await job.runMain()
    expect(job.outputs).toMatchObject({
      'openai-base-url': job.exported.OPENAI_BASE_URL,
      'copilot-api-url': '',
      topology: 'dotcom',
      'routing-mode': '',
    })
    expect(JSON.parse(job.outputs.validation ?? '')).toMatchObject([{ provider: 'openai', verdict: 'valid' }])
    const health = await fetch(`${job.outputs['management-url']}/health`)
    expect(await health.json()).toMatchObject({ status: 'ok' })
  })

  test('competing variables of the job are blanked with a warning, NO_PROXY is extended', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider, {
      CODEX_API_KEY: 'sk-own',
      NO_PROXY: 'corp.example',
      OPENAI_API_KEY: 'sk-job',
    })
    const main = await job.runMain()
    expect(job.environment).toMatchObject({ CODEX_API_KEY: '', NO_PROXY: 'corp.example,127.0.0.1,localhost,::1' })
    const titles = main.commands.map(({ properties }) => properties.title)
    expect(titles).toEqual(expect.arrayContaining(['Competing variables blanked', 'Variables replaced']))
  })

  test('a sidecar that was killed is reported from its log, and post still cleans up', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    await job.runMain()
    await (await chat(job)).arrayBuffer()
    const { pid, logDirectory } = job.readState() ?? { pid: 0, logDirectory: '' }
    await waitForText(join(logDirectory, 'access.jsonl'), '"kind":"request"')
    process.kill(-pid, 'SIGKILL')
    const post = await job.runPost()
    expect(post.exitCode).toBe(0)
    expect(job.readSummary()).toContain('counted from its log')
    expect(job.readSummary()).toContain('1 request')
    expect(existsSync(job.readState()?.directory ?? '')).toBe(false)
  })

  test('a run whose directory was removed by the agent is taken down all the same', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    const path = join(job.home, '.codex', 'config.toml')
    mkdirSync(join(job.home, '.codex'))
    writeFileSync(path, 'model = "o3"\n')
    await job.runMain()
    rmSync(job.readState()?.directory ?? '', { recursive: true })
    const post = await job.runPost()
    expect(post.exitCode).toBe(0)
    expect(listSidecars()).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe('model = "o3"\n')
  })

  test('summary: false writes none', async () => {
    await using provider = await createOpenAi()
    const inputs = {
      'openai-api-key': KEY,
      'openai-base-url': `${provider.origin}/v1`,
      'ca-bundle': sharedAuthority().ca,
    }
    await using job = new Job({ inputs: { ...inputs, summary: 'false' } })
    await job.runMain()
    await job.runPost()
    expect(job.readSummary()).toBe('')
  })

  test('log-directory is relative to the workspace and survives post', async () => {
    await using provider = await createOpenAi()
    const inputs = {
      'openai-api-key': KEY,
      'openai-base-url': `${provider.origin}/v1`,
      'ca-bundle': sharedAuthority().ca,
    }
    await using job = new Job({ inputs: { ...inputs, 'log-directory': 'logs/proxy' } })
    await job.runMain()
    await job.runPost()
    expect(job.outputs['log-directory']).toBe(join(job.workspace, 'logs/proxy'))
    expect(readFileSync(join(job.workspace, 'logs/proxy/access.jsonl'), 'utf8')).toContain('"what":"ready"')
  })
})

describe('settings files of CLIs', () => {
  test('codex: the key stands above the first table while the job runs; post gives the file back byte for byte', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    const path = join(job.home, '.codex', 'config.toml')
    const original = '# mine\r\n[features]\r\nplugins = false\r\n'
    mkdirSync(join(job.home, '.codex'))
    writeFileSync(path, original, { mode: 0o640 })
    await job.runMain()
    expect(readFileSync(path, 'utf8')).toMatch(
      new RegExp(`^openai_base_url = "${job.exported.OPENAI_BASE_URL}" #[^\\n]*\\r\\n# mine`),
    )
    await job.runPost()
    expect(readFileSync(path, 'utf8')).toBe(original)
  })

  test('codex: what the agent changed meanwhile stays, only our key goes', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    const path = join(job.home, '.codex', 'config.toml')
    await job.runMain()
    writeFileSync(path, `model = "gpt-5"\n${readFileSync(path, 'utf8')}[projects."/w"]\ntrust_level = "trusted"\n`)
    await job.runPost()
    expect(readFileSync(path, 'utf8')).toBe('model = "gpt-5"\n[projects."/w"]\ntrust_level = "trusted"\n')
  })

  test('gemini: a file and a folder that were made for it are gone after post', async () => {
    const service = createGeminiService({ key: GEMINI_KEY, conversation })
    await using provider = await createFakeProvider({ hosts: { '*': service }, tls: true })
    const inputs = {
      'gemini-api-key': GEMINI_KEY,
      'gemini-base-url': provider.origin,
      'ca-bundle': sharedAuthority().ca,
    }
    await using job = new Job({ inputs })
    const path = join(job.home, '.gemini', 'settings.json')
    await job.runMain()
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ security: { auth: { selectedType: 'gemini-api-key' } } })
    await job.runPost()
    expect(existsSync(join(job.home, '.gemini'))).toBe(false)
  })

  test('a file that cannot be parsed is an error before anything starts, and stays as it is', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider)
    const path = join(job.home, '.codex', 'config.toml')
    mkdirSync(join(job.home, '.codex'))
    writeFileSync(path, 'model = \n')
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(main.commands).toMatchObject([
      { name: 'error', properties: { title: 'codex: settings file cannot be edited' } },
    ])
    expect(readFileSync(path, 'utf8')).toBe('model = \n')
    expect(provider.requests).toEqual([])
  })
})
