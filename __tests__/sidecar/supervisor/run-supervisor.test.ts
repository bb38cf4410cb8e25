import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import type { LogLevel } from '../../../src/core/log-level.ts'
import type { SidecarReply } from '../../../src/core/sidecar-config.ts'
import type { Listeners } from '../../../src/sidecar/supervisor/listeners.ts'
import { runSupervisor } from '../../../src/sidecar/supervisor/run-supervisor.ts'
import type { SupervisorEffects } from '../../../src/sidecar/supervisor/supervisor-effects.ts'
import { isRunning } from '../../support/sidecar.ts'
import { createLaunchMessage } from '../../support/sidecar-launch.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The supervisor in this process, whose timers the test holds, with a real worker whose program the test has written. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

let directory = ''
let log = 0

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'agent-proxy-supervisor-'))
  log = openSync(join(directory, 'told'), 'a')
})

afterEach(() => {
  jest.useRealTimers()
  for (const { pid } of listTold()) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  closeSync(log)
  rmSync(directory, { recursive: true, force: true })
})

interface Told {
  readonly kind: string
  readonly pid: number
}

/** Notes what it is told, and does what the test says with `kind` and `restarts` of a message, `send(message, then)` and `note(kind)`. */
function renderWorker(onMessage: string): string {
  return `import { writeSync } from 'node:fs'
    const note = (kind) => writeSync(1, JSON.stringify({ kind, pid: process.pid }) + '\\n')
    const send = (message, then) => process.send(message, then)
    process.on('disconnect', () => process.exit(0))
    process.on('message', ({ kind, restarts }) => { note(kind); ${onMessage} })`
}

function listTold(): readonly Told[] {
  const lines = readFileSync(join(directory, 'told'), 'utf8').split('\n')
  return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Told]))
}

const waitForTold = (kind: string): Promise<Told> =>
  waitUntil(`the worker was told ${kind}`, () => listTold().find((told) => told.kind === kind))

interface Options {
  readonly onMessage: string
  readonly execPath?: string
  readonly logLevel?: LogLevel
  readonly listen?: SupervisorEffects['listen']
}

const PORTS: Listeners = { ports: { management: 4711, providers: { openai: 4712 } }, close: () => undefined }

function start({ onMessage, execPath = process.execPath, logLevel = 'info', listen = async () => PORTS }: Options) {
  const seen = { replies: [] as SidecarReply[], restarts: [] as unknown[], said: [] as string[], detached: 0 }
  const exits: number[] = []
  const supervisor = runSupervisor({
    worker: { execPath, source: renderWorker(onMessage), environment: {}, accessLogFd: log, readablePaths: [] },
    credentialProcess: { start: () => ({ send: () => undefined, end: () => undefined }) },
    launch: Promise.resolve(createLaunchMessage({ providers: [], config: { logLevel } })),
    reply: (reply) => void seen.replies.push(reply),
    detach: () => {
      seen.detached += 1
    },
    log: ({ what, detail }) => void (what === 'worker-restarted' && seen.restarts.push(detail)),
    say: (line) => void seen.said.push(line.replace(/^\S+ /, '')),
    exit: (code) => void exits.push(code),
    listen,
    pid: process.pid,
  })
  return { supervisor, seen, exits }
}

/** Only what the supervisor plans: streams and channels go on by themselves. */
function holdTimers(): void {
  const isReal = ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'Date'] as const
  jest.useFakeTimers({ doNotFake: [...isReal] })
}

const SERVING = `if (kind === 'boot') send({ kind: 'serving' });`

onLinux('runSupervisor(): regression: a worker that hangs after a stop was asked for', () => {
  const onMessage = `${SERVING} if (kind === 'bound') send({ kind: 'stopping' }, () => { note('hangs'); for (;;); })`

  async function startHanging() {
    holdTimers()
    const started = start({ onMessage })
    const { pid } = await waitForTold('hangs')
    await waitUntil('the supervisor knows', () => started.seen.said.length > 0)
    return { ...started, pid }
  }

  it('is killed when the longest drain and some more is over', async () => {
    const { exits, pid } = await startHanging()
    jest.advanceTimersByTime(32_000)
    expect([exits, isRunning(pid)]).toEqual([[], true])
    jest.advanceTimersByTime(1000)
    expect(exits).toEqual([0])
    await waitUntil('the worker is gone', () => !isRunning(pid))
  })

  it('is killed sooner when SIGTERM or the watchdog asks again, however often', async () => {
    const { supervisor, exits, pid } = await startHanging()
    supervisor.end('SIGTERM')
    jest.advanceTimersByTime(2000)
    supervisor.end('the maximum age is reached')
    expect(exits).toEqual([])
    jest.advanceTimersByTime(1000)
    expect(exits).toEqual([0])
    await waitUntil('the worker is gone', () => !isRunning(pid))
  })
})

onLinux('runSupervisor(): regression: a worker whose start throws', () => {
  it('is started again with pauses, and then the start has failed', async () => {
    holdTimers()
    const { seen, exits } = start({ onMessage: '', execPath: join(import.meta.filename, 'node') })
    const how = 'it could not be started (ENOTDIR)'
    await waitUntil('the start has failed', () => {
      jest.advanceTimersByTime(1000)
      return seen.replies.length > 0
    })
    expect(seen.replies).toEqual([{ kind: 'failed', reason: `The worker does not start: ${how}` }])
    expect([seen.restarts, exits]).toEqual([Array.from({ length: 5 }, () => how), [1]])
  })
})

onLinux('runSupervisor(): regression: a worker that dies while the sockets are opened', () => {
  it('gets none of them; they are opened once, for the next one', async () => {
    const onMessage = `${SERVING} if (kind === 'boot' && restarts > 0) send({ kind: 'validated', checks: [] }); if (kind === 'boot' && restarts === 0) send({ kind: 'figures', figures: null }, () => process.exit(1))`
    const opened = Promise.withResolvers<Listeners>()
    let openings = 0
    const listen = (): Promise<Listeners> => {
      openings += 1
      return opened.promise
    }
    const { seen, supervisor } = start({ onMessage, listen })
    await waitUntil('the next worker has said that it serves', () => seen.replies.length > 0)
    opened.resolve(PORTS)
    await waitForTold('bound')
    await waitUntil('the step is told', () => seen.replies.length > 1)
    const pids = listTold().flatMap(({ kind, pid }) => (kind === 'boot' ? [pid] : []))
    expect(listTold().flatMap(({ kind, pid }) => (kind === 'bound' ? [pid] : []))).toEqual([pids[1]])
    expect([openings, seen.detached, seen.replies.map(({ kind }) => kind)]).toEqual([1, 1, ['validated', 'ready']])
    supervisor.end('the test is over')
  })

  it('does not make the step believe that its successor serves', async () => {
    const onMessage = `if (kind === 'boot' && restarts > 0) send({ kind: 'validated', checks: [] }); else if (kind === 'boot') send({ kind: 'serving' }, () => process.exit(1))`
    const opened = Promise.withResolvers<Listeners>()
    const { seen, supervisor } = start({ onMessage, listen: () => opened.promise })
    await waitUntil('the next worker is there', () => seen.replies.length > 0)
    opened.resolve(PORTS)
    await new Promise(setImmediate)
    expect(seen.replies.map(({ kind }) => kind)).toEqual(['validated'])
    supervisor.end('the test is over')
  })
})

onLinux('runSupervisor(): its lines in the sidecar log', () => {
  const onMessage = `${SERVING} if (kind === 'drain') send({ kind: 'stopped' })`
  const END = 'info stopping: SIGTERM'

  it.each([
    ['error', () => []],
    ['info', () => [END]],
    [
      'debug',
      (pid: number) => [
        `debug worker ${pid} starts, after 0 others`,
        `debug ready: worker ${pid}`,
        'debug openai listens on port 4712',
        'debug management listens on port 4711',
        END,
        'debug ends with exit code 0',
      ],
    ],
  ] as const)('log-level %s', async (logLevel, expected) => {
    const { supervisor, seen, exits } = start({ onMessage, logLevel })
    const { pid } = await waitForTold('bound')
    supervisor.end('SIGTERM')
    await waitUntil('it has left', () => exits.length > 0)
    // Its exit ends nothing here, so it hears of the worker’s end, too.
    expect([...new Set(seen.said)]).toEqual(expected(pid))
  })
})
