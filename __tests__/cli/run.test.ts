import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { DIST } from '../support/bundles.ts'
import { type CliCall, type CliResult, CliUser } from '../support/cli.ts'
import { findProcesses } from '../support/find-processes.ts'
import { describeWith } from '../support/needs.ts'
import { waitUntil } from '../support/wait-until.ts'

const KEY = 'sk-proj-Cl1fAce8Tz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0q'
const conversation = { text: 'the answer' }

const createOpenAi = (): Promise<FakeProvider> =>
  createFakeProvider({ hosts: { '*': createOpenAiService({ key: KEY, conversation }) }, tls: true })

const inputsFor = (provider: FakeProvider): string[] => [
  ...['--openai-base-url', `${provider.origin}/v1`],
  ...['--ca-bundle', sharedAuthority().ca],
]

/** A command that asks as an SDK does, and prints what it got. */
const SDK = `
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = process.env
  const answer = await fetch(base + '/chat/completions', {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] }),
  })
  console.log(answer.status, (await answer.json()).object)
`
const sdk = (code = SDK): string[] => [process.execPath, '--input-type=module', '-e', code]

const shell = (script: string): string[] => ['/bin/sh', '-c', script]

interface Run {
  readonly provider: FakeProvider
  readonly user: CliUser
  readonly command: readonly string[]
  readonly options?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
  readonly onStart?: NonNullable<CliCall['onStart']>
}

function run({ provider, user, command, options = [], environment = {}, ...rest }: Run): Promise<CliResult> {
  return user.call({
    arguments: ['run', ...inputsFor(provider), ...options, '--', ...command],
    environment: { OPENAI_API_KEY: KEY, ...environment },
    ...rest,
  })
}

describeWith({ programs: ['script'], isRoot: false }, 'setup-agent-proxy run', () => {
  test('a request of the command reaches the provider with the key, which the command never has', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const result = await run({ provider, user, command: sdk() })
    expect(result).toMatchObject({ code: 0, stdout: '200 chat.completion\n' })
    const request = provider.requests.find(({ path }) => path === '/v1/chat/completions')
    expect(request?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${KEY}` }])
    expect(user.listRemains()).toEqual([])
  })

  test('no key stands in the environment of the command, nor of the process that waits for it, nor in its arguments', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const look =
      'env; tr "\\0" "\\n" < /proc/$PPID/environ; tr "\\0" "\\n" < /proc/$PPID/cmdline; find "$TMPDIR" -type f -exec cat {} +'
    const environment = {
      AGENT_PROXY_ANTHROPIC_API_KEY: '',
      AGENT_PROXY_OPENAI_API_KEY: KEY,
      OPENAI_API_KEY: `${KEY}x`,
    }
    const { code, stdout } = await run({ provider, user, command: shell(look), environment })
    expect(code).toBe(0)
    expect(stdout).not.toContain(KEY)
    expect(stdout).not.toContain('AGENT_PROXY_')
    expect(stdout).not.toContain('ACTIONS_ID_TOKEN_REQUEST')
    expect(stdout.match(/^OPENAI_API_KEY=agentproxy-\w{36}$/gm)).toHaveLength(2)
  })

  test('the process that waits for the command is the one that was started', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    let started = 0
    const { stdout } = await run({
      ...{ provider, user, command: shell('echo $PPID') },
      onStart: async ({ pid }) => {
        started = pid
      },
    })
    expect(stdout).toBe(`${started}\n`)
  })

  test.each([0, 1, 7, 255])('exit code %i of the command is that of the program', async (code) => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    expect(await run({ provider, user, command: shell(`exit ${code}`) })).toMatchObject({ code, stdout: '' })
    expect(user.listRemains()).toEqual([])
  })

  test.each(['SIGTERM', 'SIGKILL', 'SIGABRT', 'SIGINT'] as const)(
    'a command that %s ended ends the program by the same signal, after the clean-up',
    async (signal) => {
      await using provider = await createOpenAi()
      await using user = new CliUser()
      const result = await run({ provider, user, command: shell(`kill -${signal.slice(3)} $$`) })
      expect(result).toMatchObject({ code: null, signal })
      expect(user.listRemains()).toEqual([])
    },
  )

  test.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGUSR2'] as const)(
    '%s is for the command, which ends in its own way',
    async (signal) => {
      await using provider = await createOpenAi()
      await using user = new CliUser()
      const name = signal.slice(3)
      const script = `trap 'echo got ${name}; exit 9' ${name}; echo started; while :; do sleep 0.05; done`
      const result = await run({
        ...{ provider, user, command: shell(script) },
        onStart: async ({ pid, waitForOutput }) => {
          await waitForOutput('started')
          process.kill(pid, signal)
        },
      })
      expect(result).toMatchObject({ code: 9, stdout: `started\ngot ${name}\n` })
      expect(user.listRemains()).toEqual([])
    },
  )

  test('a signal while it sets up ends it, and nothing is left', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    provider.answerOnce('127.0.0.1', '/v1/models', { kind: 'silence' })
    const waiting = provider.waitFor(({ path }) => path === '/v1/models')
    const result = await run({
      ...{ provider, user, command: shell('echo never') },
      onStart: async ({ pid }) => {
        await waiting
        process.kill(pid, 'SIGTERM')
      },
    })
    expect(result).toMatchObject({ signal: 'SIGTERM', stdout: '' })
    expect(user.listRemains()).toEqual([])
  })

  test('stdin and stdout are the command’s alone, byte for byte', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const input = `line one\n${'x'.repeat(200_000)}\nno end`
    expect(await run({ provider, user, command: ['cat'], input, options: ['--verbose'] })).toMatchObject({
      code: 0,
      stdout: input,
    })
  })

  test('it is quiet when stderr is no terminal, and says all with --verbose, no key in it', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    expect((await run({ provider, user, command: sdk() })).stderr).toBe('')
    const { stderr } = await run({ provider, user, command: sdk(), options: ['--verbose'] })
    expect(stderr).toContain('OpenAI: valid')
    expect(stderr).toContain('Keys: from OPENAI_API_KEY')
    expect(stderr).toMatch(/OpenAI: port \d+/)
    expect(stderr).toMatch(/Summary\n {2}OpenAI: 1 request, /)
    expect(stderr).not.toContain(KEY)
    expect(stderr).not.toContain('\u001b')
  })

  test('on a terminal it says what it does, the command sees a terminal, Ctrl-C is for the command', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const script =
      "trap 'echo caught; exit 3' INT; test -t 0 && test -t 1 && echo terminal; echo started; while :; do sleep 0.05; done"
    const cli = [process.execPath, join(DIST, 'cli', 'index.js')]
    const line = ['exec', ...[...cli, 'run', ...inputsFor(provider), '--', ...shell(script)].map(quote)].join(' ')
    const result = await user.call({
      ...{ program: ['script', '-qec', line, '/dev/null'], arguments: [], environment: { OPENAI_API_KEY: KEY } },
      onStart: async ({ waitForOutput, type }) => {
        await waitForOutput('started')
        type('\u0003')
      },
    })
    expect(result.stdout).toContain('OpenAI: valid')
    expect(result.stdout).toContain('terminal')
    expect(result.stdout).toContain('caught')
    expect(result.stdout).toContain('Summary')
    expect(result.code).toBe(3)
  })

  test('settings files of CLIs are merged for the command and restored after it', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const file = join(user.home, '.codex', 'config.toml')
    mkdirSync(join(user.home, '.codex'))
    writeFileSync(file, 'model = "o3"\n')
    const { stdout } = await run({ provider, user, command: ['cat', file] })
    expect(stdout).toMatch(/^openai_base_url = "http:\/\/127\.0\.0\.1:\d+\/v1"/m)
    expect(readFileSync(file, 'utf8')).toBe('model = "o3"\n')
  })

  test('a key that the provider refuses ends it before the command, with cause and fix', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const result = await run({
      provider,
      user,
      command: shell('echo never'),
      environment: { OPENAI_API_KEY: `${KEY}z` },
    })
    expect(result).toMatchObject({ code: 125, stdout: '' })
    expect(result.stderr).toContain('credential rejected (openai-key-rejected)')
    expect(user.listRemains()).toEqual([])
  })

  test('a command that does not exist is said before anything is started', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const result = await run({ provider, user, command: ['no-such-agent-cli', 'x'] })
    expect(result).toMatchObject({ code: 127, stdout: '' })
    expect(result.stderr).toContain('no-such-agent-cli')
    expect(provider.requests).toEqual([])
  })

  test('an option with a secret is refused, names the variable, and does not repeat the secret', async () => {
    await using user = new CliUser()
    for (const given of [['--openai-api-key', 'not-shaped-like-one'], ['--openai-api-key=not-shaped-like-one']]) {
      const result = await user.call({ arguments: ['run', ...given, '--', 'true'] })
      expect(result).toMatchObject({ code: 125, stdout: '' })
      expect(result.stderr).toContain('Set the variable OPENAI_API_KEY')
      expect(result.stderr).not.toContain('not-shaped')
    }
  })

  test('config as a file gives the same inputs', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const config = `openai-api-key: ${KEY}\nopenai-base-url: ${provider.origin}/v1\negress-policy: "off"\nmax-requests: 1\n`
    writeFileSync(join(user.work, 'agent-proxy.yml'), config)
    const twice = `${SDK}\n${SDK.replaceAll('const {', 'const again = 1, {').replaceAll('answer', 'second').replaceAll('base', 'root').replaceAll('token', 'word')}`
    const code = twice.replaceAll('again = 1, {', '{')
    const result = await user.call({
      arguments: ['run', '--config', 'agent-proxy.yml', '--ca-bundle', sharedAuthority().ca, '--', ...sdk(code)],
    })
    expect(result.code).toBe(0)
    expect(result.stdout).toContain('200 chat.completion\n400 ')
  })

  test('a program that gives the key works, and no environment of ours holds it', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    const program = join(user.home, 'give-key')
    writeFileSync(program, `#!/bin/sh\nprintf %s ${KEY}\n`, { mode: 0o755 })
    const result = await user.call({
      arguments: ['run', ...inputsFor(provider), '--openai-api-key-command', JSON.stringify([program]), '--', ...sdk()],
    })
    expect(result).toMatchObject({ code: 0, stdout: '200 chat.completion\n' })
    expect(user.listRemains()).toEqual([])
  })

  test('the sidecar ends when the program is killed', async () => {
    await using provider = await createOpenAi()
    await using user = new CliUser()
    let sidecar = 0
    await run({
      ...{ provider, user, command: shell('echo started; exec sleep 31.725') },
      onStart: async ({ pid, waitForOutput }) => {
        await waitForOutput('started')
        sidecar = findProcesses(`runner=${pid}`)[0] ?? 0
        expect(sidecar).not.toBe(0)
        // The command would go on: it is nobody's business of a killed program. It says that it has started before it is `sleep`.
        const [sleeping] = await waitUntil('the command sleeps', () => {
          const found = findProcesses('sleep\u000031.725').filter((child) => child !== pid)
          return found.length > 0 && found
        })
        if (sleeping !== undefined) process.kill(sleeping, 'SIGKILL')
        process.kill(pid, 'SIGKILL')
      },
    })
    await waitUntil('the sidecar is gone', () => !existsSync(`/proc/${sidecar}/exe`))
  })
})

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
