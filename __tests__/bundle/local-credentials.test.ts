import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { Workshop } from '../support/credential-programs.ts'
import { Job, type JobOptions } from '../support/runner.ts'
import { isRunning } from '../support/sidecar.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Commands and files from the inputs of the step to the upstream, with the bundles as the runner starts them. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

const MINTED = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'
const CLIENT_SECRET = 'Zx8~client-secret-of-the-command'
const conversation = { text: 'the answer' }

let shop = new Workshop()

beforeEach(() => {
  shop = new Workshop()
})

afterEach(async () => {
  await shop.waitUntilAlone()
  await shop[Symbol.asyncDispose]()
})

function createOpenAi(): Promise<FakeProvider> {
  return createFakeProvider({ hosts: { '*': createOpenAiService({ key: MINTED, conversation }) }, tls: true })
}

function createJob(
  provider: FakeProvider,
  inputs: JobOptions['inputs'],
  environment: JobOptions['environment'] = {},
): Job {
  const all = { 'openai-base-url': `${provider.origin}/v1`, 'ca-bundle': sharedAuthority().ca, ...inputs }
  return new Job({ inputs: all, environment })
}

async function chat(job: Job): Promise<number> {
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = job.environment
  const answer = await fetch(`${base}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] }),
  })
  await answer.arrayBuffer()
  return answer.status
}

/** Prints the key only if it was given its secret, and runs where it may not look into the checkout by chance. */
const MINT = `import { cwd } from 'node:process'
  import { writeFileSync } from 'node:fs'
  if (process.env.MINT_SECRET !== ${JSON.stringify(CLIENT_SECRET)}) process.exit(3)
  writeFileSync(process.argv[1] + '.seen', JSON.stringify({ cwd: cwd(), names: Object.keys(process.env).sort() }))
  console.error('Bearer ' + ${JSON.stringify(MINTED)})
  console.log(${JSON.stringify(MINTED)})`

/** Every file below a directory as one text. */
function readAll(directory: string): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

onLinux('main with a command', () => {
  test('serves with what the command printed, which stands in no file, log or environment', async () => {
    await using provider = await createOpenAi()
    const argv = shop.program(MINT)
    const inputs = { 'openai-api-key-command': JSON.stringify(argv), 'command-environment': 'MINT_SECRET' }
    await using job = createJob(provider, inputs, { MINT_SECRET: CLIENT_SECRET })
    const main = await job.runMain()
    expect(main).toMatchObject({ exitCode: 0 })
    expect(await chat(job)).toBe(200)
    const exposed = [readAll(job.directory), JSON.stringify(job.exported), JSON.stringify(job.outputs), main.log].join(
      '\n',
    )
    expect(exposed).not.toContain(MINTED)
    expect(exposed).not.toContain(CLIENT_SECRET)
    expect(await job.runPost()).toMatchObject({ exitCode: 0 })
    await waitUntil('the sidecar is gone', () => !isRunning(job.readState()?.pid ?? 0))
  })

  test('runs it in the runner’s temporary directory with the listed variables only', async () => {
    await using provider = await createOpenAi()
    const argv = shop.program(MINT)
    const inputs = { 'openai-api-key-command': JSON.stringify(argv), 'command-environment': 'MINT_SECRET' }
    await using job = createJob(provider, inputs, { MINT_SECRET: CLIENT_SECRET, LANG: 'C.UTF-8' })
    await job.runMain()
    expect(JSON.parse(readFileSync(`${argv[1]}.seen`, 'utf8'))).toEqual({
      cwd: job.temp,
      names: ['AGENT_PROXY_PROVIDER', 'AGENT_PROXY_REASON', 'HOME', 'LANG', 'MINT_SECRET', 'PATH'],
    })
    await job.runPost()
  })

  test('masks the secret variable, and leaves PATH, HOME and LANG readable', async () => {
    await using provider = await createOpenAi()
    const inputs = {
      'openai-api-key-command': JSON.stringify(shop.program(MINT)),
      'command-environment': 'MINT_SECRET',
    }
    await using job = createJob(provider, inputs, { MINT_SECRET: CLIENT_SECRET, LANG: 'C' })
    const { masks } = await job.runMain()
    expect(masks).toContain(CLIENT_SECRET)
    expect(masks.filter((mask) => [job.home, 'C', process.env.PATH].includes(mask))).toEqual([])
    await job.runPost()
  })

  test('finds a program by the PATH of this step', async () => {
    await using provider = await createOpenAi()
    writeFileSync(shop.path('mint'), `#!/bin/sh\necho ${MINTED}\n`, { mode: 0o755 })
    const PATH = `${shop.directory}:${process.env.PATH}`
    await using job = createJob(provider, { 'openai-api-key-command': '["mint"]' }, { PATH })
    expect(await job.runMain()).toMatchObject({ exitCode: 0 })
    expect(await chat(job)).toBe(200)
    await job.runPost()
  })

  test('runs a line of a shell that is named', async () => {
    await using provider = await createOpenAi()
    const inputs = { 'openai-api-key-command': `printf %s '${MINTED.slice(0, 9)}'; cat rest`, 'command-shell': 'bash' }
    await using job = createJob(provider, inputs)
    writeFileSync(join(job.temp, 'rest'), MINTED.slice(9))
    expect(await job.runMain()).toMatchObject({ exitCode: 0 })
    expect(await chat(job)).toBe(200)
    await job.runPost()
  })

  test('that fails stops the step with its reason', async () => {
    await using provider = await createOpenAi()
    const inputs = {
      'openai-api-key-command': JSON.stringify(shop.program(`console.error('please log in'); process.exit(4)`)),
    }
    await using job = createJob(provider, inputs)
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    const errors = main.commands.filter(({ name }) => name === 'error').map(({ message }) => message)
    expect(errors).toEqual([expect.stringMatching(/openai-api-key-command.*exit code 4.*please log in/)])
  })

  test('whose program is given by a relative path is refused before anything is started', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider, { 'openai-api-key-command': '["./mint"]' })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(main.commands.find(({ name }) => name === 'error')?.message).toContain('a relative path of a program')
  })
})

onLinux('main with a file', () => {
  test('serves with what stands in the file, also after it was replaced', async () => {
    await using provider = await createOpenAi()
    writeFileSync(shop.path('key'), `${MINTED}\n`)
    await using job = createJob(provider, { 'openai-api-key-file': shop.path('key') })
    expect(await job.runMain()).toMatchObject({ exitCode: 0 })
    writeFileSync(shop.path('key.new'), `${MINTED}\n`)
    renameSync(shop.path('key.new'), shop.path('key'))
    expect(await chat(job)).toBe(200)
    expect(readAll(job.directory)).not.toContain(MINTED)
    await job.runPost()
  })

  test('that is not there stops the step', async () => {
    await using provider = await createOpenAi()
    await using job = createJob(provider, { 'openai-api-key-file': '/nowhere/key' })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    expect(main.commands.find(({ name }) => name === 'error')?.message).toContain('a path at which there is no file')
  })
})
