import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { CredentialSource } from '../../../src/core/credentials/source.ts'
import type { LaunchMessage } from '../../../src/core/sidecar-config.ts'
import { DIST } from '../../support/bundles.ts'
import { Workshop } from '../../support/credential-programs.ts'
import { findProcesses } from '../../support/find-processes.ts'
import { isRunning, Sidecar } from '../../support/sidecar.ts'
import { upstreamOf } from '../../support/sidecar-launch.ts'
import { waitUntil } from '../../support/wait-until.ts'

/**
 * The shipped supervisor and credential process with a worker of the test, which writes into the access log what it is told and
 * asks what the test has it ask.
 */
const onLinux = process.platform === 'linux' ? describe : describe.skip

let shop = new Workshop()
let sidecar: Sidecar | undefined

beforeEach(() => {
  shop = new Workshop()
})

afterEach(async () => {
  await sidecar?.[Symbol.asyncDispose]()
  await shop.waitUntilAlone()
  await shop[Symbol.asyncDispose]()
})

interface Told {
  readonly kind: 'told'
  readonly message: { readonly kind: string; readonly [field: string]: unknown }
}

interface WorkerProgram {
  /** What the worker does first; it has `boot`, `send(message, then)`, `ask(id, then)` and `die()`. */
  readonly onBoot?: string
  /** What it does when the test says so ({@link signalWorker}). */
  readonly onSignal?: string
}

function start(credential: CredentialSource, program: WorkerProgram, secrets: LaunchMessage['secrets'] = {}): Sidecar {
  const bundles = shop.path('dist')
  for (const name of ['sidecar', 'credential-process'])
    cpSync(join(DIST, name), join(bundles, name), { recursive: true })
  mkdirSync(join(bundles, 'worker'))
  writeFileSync(
    join(bundles, 'worker', 'index.js'),
    `import { writeSync } from 'node:fs'
    const send = (message, then) => process.send(message, then)
    const ask = (id, then) => send({ kind: 'source-request', id, request: { provider: 'openai', reason: 'initial' } }, then)
    const die = () => process.exit(1)
    process.on('disconnect', () => process.exit(0))
    process.on('SIGUSR2', () => { ${program.onSignal ?? ''} })
    process.on('message', (message) => {
      const { kind, launch, restarts } = message
      const told = kind === 'boot' ? { kind, restarts, pid: process.pid, secrets: launch.secrets } : message
      writeSync(1, JSON.stringify({ kind: 'told', message: told }) + '\\n')
      if (kind === 'drain') send({ kind: 'stopped' })
      if (kind === 'boot') { const boot = message; ${program.onBoot ?? ''} }
    })`,
  )
  sidecar = new Sidecar({
    bundles,
    providers: [{ id: 'openai', upstream: upstreamOf('http://127.0.0.1:9/v1'), credential }],
    config: { workDirectory: shop.directory },
    secrets: { 'command-env.PATH': process.env.PATH ?? '', ...secrets },
  })
  return sidecar
}

function listTold(kind: string): readonly Told['message'][] {
  const events = (sidecar?.readEvents() ?? []) as readonly (Told | { readonly kind: 'lifecycle' })[]
  return events.flatMap((event) => (event.kind === 'told' && event.message.kind === kind ? [event.message] : []))
}

const waitForTold = (kind: string, count = 1): Promise<readonly Told['message'][]> =>
  waitUntil(`the worker was told ${kind}`, () => listTold(kind).length >= count && listTold(kind))

function signalWorker(): void {
  process.kill(Number(listTold('boot').at(-1)?.pid), 'SIGUSR2')
}

function readRestarts(): readonly (string | undefined)[] {
  return (sidecar?.readEvents() ?? []).flatMap((event) =>
    event.kind === 'lifecycle' && event.what === 'credential-process-restarted' ? [event.detail] : [],
  )
}

function command(body: string): CredentialSource {
  return { kind: 'command', argv: shop.program(body), timeoutMs: 60_000, environmentNames: ['LISTED'] }
}

/** Notes each of its runs, and prints a token once the test says `go`. */
const slow = (): CredentialSource =>
  command(`import { appendFileSync, existsSync } from 'node:fs'
    process.on('SIGTERM', () => {})
    appendFileSync(${JSON.stringify(shop.path('runs'))}, 'x')
    const timer = setInterval(() => {
      if (!existsSync(${JSON.stringify(shop.path('go'))})) return
      clearInterval(timer)
      console.log('token')
    }, 5)`)
const waitForRun = (): Promise<true> => waitUntil('the command runs', () => existsSync(shop.path('runs')))

onLinux('runSupervisor(): a question for a credential', () => {
  it('is answered under its number', async () => {
    start(command(`console.log('token of ' + process.env.AGENT_PROXY_PROVIDER)`), { onBoot: 'ask(17)' })
    expect(await waitForTold('source-result')).toEqual([
      { kind: 'source-result', id: 17, result: { kind: 'output', text: 'token of openai\n' } },
    ])
  })

  it('of a worker that has died is not answered to the next one, which asks again and shares the run', async () => {
    start(slow(), { onBoot: 'ask(boot.restarts + 1, boot.restarts === 0 ? die : undefined)' })
    await waitForTold('boot', 2)
    await waitForRun()
    writeFileSync(shop.path('go'), '')
    expect(await waitForTold('source-result')).toEqual([
      { kind: 'source-result', id: 2, result: { kind: 'output', text: 'token\n' } },
    ])
    expect(readFileSync(shop.path('runs'), 'utf8')).toBe('x')
  })

  it('is refused, and no third process is started, where no provider has a command or file', async () => {
    const started = start({ kind: 'static' }, { onBoot: 'ask(1)' })
    expect(await waitForTold('source-result')).toEqual([
      { kind: 'source-result', id: 1, result: { kind: 'not-started', code: 'ENOSOURCE' } },
    ])
    expect(started.listChildren()).toHaveLength(1)
  })

  it('is answered also when the credential process was killed before', async () => {
    const started = start(command(`console.log('token')`), { onBoot: 'ask(1)', onSignal: 'ask(2)' })
    const worker = await started.waitForWorker()
    await waitForTold('source-result')
    for (const pid of started.listChildren()) if (pid !== worker) process.kill(pid, 'SIGKILL')
    await waitUntil('it was missed', () => readRestarts().length > 0)
    signalWorker()
    const [, second] = await waitForTold('source-result', 2)
    expect(second?.result).toMatchObject({ kind: 'output' })
    expect(readRestarts()).toEqual(['SIGKILL'])
  })
})

onLinux('runSupervisor(): a credential file', () => {
  it('that has changed is told to the worker', async () => {
    writeFileSync(shop.path('token'), 'older')
    start({ kind: 'file', path: shop.path('token') }, { onBoot: 'ask(1)' })
    await waitForTold('source-result')
    writeFileSync(shop.path('token'), 'newer')
    expect(await waitForTold('source-changed')).toEqual([{ kind: 'source-changed', provider: 'openai' }])
  })
})

onLinux('runSupervisor(): secrets', () => {
  it('of commands are not given to the worker, the others are', async () => {
    start(command(''), {}, { 'command-env.LISTED': 'value-of-a-listed-variable', 'gemini.key': 'key' })
    const [boot] = await waitForTold('boot')
    expect(Object.keys(boot?.secrets ?? {}).sort()).toEqual(['control-token', 'gemini.key', 'run-token'])
  })

  it('that an issuer has rotated are the ones that the next worker gets', async () => {
    const rotate = `send({ kind: 'secret-rotated', name: 'openai.oauth-refresh-token', value: 'second' }, die)`
    start(
      { kind: 'static' },
      { onBoot: `if (boot.restarts === 0) ${rotate}` },
      { 'openai.oauth-refresh-token': 'first' },
    )
    const boots = await waitForTold('boot', 2)
    expect(boots.map(({ secrets }) => secrets)).toMatchObject([
      { 'openai.oauth-refresh-token': 'first' },
      { 'openai.oauth-refresh-token': 'second' },
    ])
  })

  it('that a command prints or holds do not get into the log of the sidecar', async () => {
    const body = `console.log('sk-printed-0123456789'); console.error('sk-complained-0123456789', process.env.LISTED); process.exitCode = 1`
    start(command(body), { onBoot: 'ask(1)' }, { 'command-env.LISTED': 'value-of-a-listed-variable' })
    expect((await waitForTold('source-result'))[0]?.result).toEqual({
      kind: 'exit',
      code: 1,
      signal: null,
      stderr: '«redacted» «redacted»\n',
    })
    expect(sidecar?.readLog()).toBe('')
  })
})

onLinux('runSupervisor(): the end', () => {
  it.each([
    ['asked for by SIGTERM', () => sidecar?.signal('SIGTERM')],
    ['of a killed supervisor', () => sidecar?.signal('SIGKILL')],
  ])('%s leaves no command, no credential process and no worker', async (_name, end) => {
    const started = start(slow(), { onBoot: `send({ kind: 'serving' }); ask(1)` })
    await waitForRun()
    const children = started.listChildren()
    expect(children).toHaveLength(2)
    end()
    await started.exited
    await waitUntil('no command is left', () => findProcesses(shop.mark).length === 0)
    await waitUntil('no child is left', () => !children.some(isRunning))
  })

  it('of a start that failed leaves no command', async () => {
    const onSignal = `send({ kind: 'failed', reason: 'of the test' })`
    const started = start(slow(), { onBoot: 'ask(1)', onSignal })
    await waitForRun()
    signalWorker()
    await started.waitForReply('failed')
    expect(await started.exited).toBe(1)
    await waitUntil('no command is left', () => findProcesses(shop.mark).length === 0)
  })
})
