import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { json } from '../fakes/exchange.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { Job, type StepResult } from '../support/runner.ts'
import { listSidecars } from '../support/sidecar-processes.ts'

const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'
const service = createOpenAiService({ key: KEY, conversation: { text: 'the answer' } })

function errorsOf(result: StepResult): (string | undefined)[] {
  return result.commands.filter(({ name }) => name === 'error').map(({ properties }) => properties.title)
}

/** What a step that failed must have left behind: nothing. */
function expectNothingStarted(job: Job): void {
  expect({ state: job.state, exported: job.exported, sidecars: listSidecars() }).toEqual({
    state: {},
    exported: {},
    sidecars: [],
  })
}

describe('main refuses', () => {
  test('several bad inputs: one titled error each, nothing started, post silent', async () => {
    await using job = new Job({
      inputs: { 'openai-api-key': ' ', 'stream-idle-timeout': 'soon', validate: 'maybe', 'listen-address': 'here' },
    })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(errorsOf(main)).toHaveLength(4)
    expectNothingStarted(job)
    expect(await job.runPost()).toMatchObject({ exitCode: 0, log: '' })
  })

  test('a key that is given but empty, naming the input', async () => {
    await using job = new Job({ inputs: { 'openai-api-key': '' } })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(main.log).toContain('openai-api-key')
    expectNothingStarted(job)
  })

  test('a key that the provider rejects, before anything listens', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    await using job = new Job({
      inputs: { 'provider-base-url': `${provider.origin}/v1`, 'provider-api-key': `${KEY}-dead` },
    })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(errorsOf(main)).toEqual([expect.stringContaining('credential rejected')])
    expectNothingStarted(job)
  })

  test('a config file that is not there', async () => {
    await using job = new Job({ inputs: { config: 'proxy.yml' } })
    const main = await job.runMain()
    expect(errorsOf(main)).toEqual(['config cannot be read'])
    expectNothingStarted(job)
  })

  test('a log directory that cannot be made', async () => {
    await using job = new Job({
      inputs: { 'provider-base-url': 'http://127.0.0.1:9/v1', 'log-directory': '/proc/version/logs' },
    })
    const main = await job.runMain()
    expect(errorsOf(main)).toEqual(['The log directory cannot be made'])
    expectNothingStarted(job)
  })
})

describe('main is cancelled', () => {
  test('while a provider does not answer: the sidecar is ended and nothing is left', async () => {
    const asked = Promise.withResolvers<void>()
    const silent = createServer(() => asked.resolve())
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    await using job = new Job({
      inputs: { 'provider-base-url': `http://127.0.0.1:${port}/v1`, 'provider-api-key': KEY },
    })
    const started = Promise.withResolvers<number>()
    const main = job.runMain(started.resolve)
    await asked.promise
    process.kill(await started.promise, 'SIGTERM')
    expect(errorsOf(await main)).toEqual(['The sidecar did not start'])
    expectNothingStarted(job)
    silent.close()
  })
})

describe('main goes on', () => {
  test('validate: warn turns a rejection into a warning, and the sidecar runs', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    await using job = new Job({
      inputs: { 'provider-base-url': `${provider.origin}/v1`, 'provider-api-key': `${KEY}-dead`, validate: 'warn' },
    })
    const main = await job.runMain()
    expect(main.exitCode).toBe(0)
    expect(main.commands).toContainEqual(
      expect.objectContaining({
        name: 'warning',
        properties: { title: expect.stringContaining('credential rejected') },
      }),
    )
    expect(job.exported.COPILOT_PROVIDER_BASE_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await job.runPost()
  })

  test('on-missing: skip with nothing left is neutral: a notice, nothing started, post silent', async () => {
    await using job = new Job({ inputs: { 'openai-api-key': '', 'anthropic-api-key': '', 'on-missing': 'skip' } })
    const main = await job.runMain()
    expect(main.exitCode).toBe(0)
    expect(main.commands.map(({ name }) => name)).toEqual(['notice', 'notice'])
    expectNothingStarted(job)
    expect(await job.runPost()).toMatchObject({ exitCode: 0, log: '' })
  })

  test('the password of a corporate proxy is masked and stands nowhere', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    await using job = new Job({
      inputs: { 'provider-base-url': `${provider.origin}/v1`, 'provider-api-key': KEY },
      environment: { HTTPS_PROXY: 'http://robot:p%40ss-word-77@proxy.corp.example:3128' },
    })
    const main = await job.runMain()
    expect(main.exitCode).toBe(0)
    expect([...job.masks]).toEqual(expect.arrayContaining(['p%40ss-word-77', 'p@ss-word-77']))
    expect(JSON.stringify([job.state, job.exported, job.outputs, main.log])).not.toContain('word-77')
    await job.runPost()
  })

  test('foreign text in an answer cannot become a workflow command', async () => {
    const hostile = {
      answer: () => json(401, { error: { message: '\n::set-env name=PWNED::1\n##[error]x\r\n::stop-commands::y' } }),
    }
    await using provider = await createFakeProvider({ hosts: { '*': hostile } })
    await using job = new Job({
      inputs: { 'provider-base-url': `${provider.origin}/v1`, 'provider-api-key': KEY, validate: 'warn' },
    })
    const main = await job.runMain()
    const names = new Set(main.commands.map(({ name }) => name))
    expect([...names].filter((name) => !['group', 'endgroup', 'warning'].includes(name))).toEqual([])
    expect(main.log).not.toContain('##[')
    await job.runPost()
  })
})
