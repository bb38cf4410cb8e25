import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { CredentialSource } from '../../../src/core/credentials/source.ts'
import type { SidecarConfig } from '../../../src/core/sidecar-config.ts'
import {
  BASE,
  findObstacle,
  GuardMachine,
  type GuardRun,
  type Job,
  RUNNER,
  SIDECAR_UID,
} from '../../support/guard-machine.ts'
import { createLaunchMessage, RUN_TOKENS, upstreamOf } from '../../support/sidecar-launch.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The shipped sidecar under a uid of its own, started by the guard, with credentials that only the runner's user can obtain. */
const obstacle = process.env.CI === 'true' && process.getuid?.() === 0 ? undefined : findObstacle()
const suite = obstacle === undefined ? describe : describe.skip

const UPSTREAM_PORT = 8088

let machine: GuardMachine
let job: Job

beforeEach(async () => {
  if (obstacle !== undefined) return
  machine = await GuardMachine.create()
  job = await machine.startJob()
  // An upstream that writes down which credential it was sent.
  const code = `require('http').createServer((q, s) => { require('fs').appendFileSync('/run/seen', q.headers.authorization + '\\n'); s.end('{}') }).listen(${UPSTREAM_PORT}, '127.0.0.1')`
  machine.sh(`setsid ${process.execPath} -e "${code}" >/dev/null 2>&1 &
    while ! grep -q ':1F98 ' /proc/net/tcp; do :; done`)
}, 180_000)

afterEach(async () => {
  if (obstacle === undefined) await machine[Symbol.asyncDispose]()
})

function startWith(credential: CredentialSource, changes: Partial<SidecarConfig> = {}): Promise<GuardRun> {
  const upstream = upstreamOf(`http://127.0.0.1:${UPSTREAM_PORT}`)
  const message = createLaunchMessage({
    providers: [{ id: 'openai', upstream, credential }],
    config: {
      runnerUid: RUNNER,
      workDirectory: '/tmp',
      nameservers: ['127.0.0.1'],
      hosts: '127.0.0.1 localhost',
      ...changes,
    },
  })
  const { bundles } = machine.configure({ job })
  const readable = [bundles.sidecar, bundles.worker, bundles.credentialProcess].map((path) =>
    path.replace('/index.js', ''),
  )
  return machine.startGuard({
    job,
    sidecar: {
      message,
      arguments: [
        '--disable-sigusr1',
        '--permission',
        '--allow-child-process',
        '--disable-warning=SecurityWarning',
        ...readable.map((path) => `--allow-fs-read=${path}`),
        '--allow-fs-read=/proc/*',
        bundles.sidecar,
      ],
      environment: { HOME: '/' },
    },
  })
}

async function ask(run: GuardRun): Promise<string> {
  expect(await run.last).toMatchObject({ kind: 'ready', sidecarPid: expect.any(Number) })
  const ready = run.replies.flatMap((reply) =>
    reply.kind === 'sidecar' && reply.reply.kind === 'ready' ? [reply.reply] : [],
  )
  const code = `fetch('http://127.0.0.1:${ready[0]?.ports.openai}/v1/models', { headers: { authorization: 'Bearer ${RUN_TOKENS.other}' } }).then((r) => console.log(r.status))`
  expect(machine.asRunner(`${BASE}/node/node -e "${code}"`).stdout).toBe('200\n')
  return machine.sh('cat /run/seen; rm /run/seen').stdout
}

const command = (line: string): CredentialSource => ({
  kind: 'command',
  argv: ['/bin/sh', '-c', line],
  timeoutMs: 10_000,
  environmentNames: [],
})

suite('the sidecar behind the guard', () => {
  it('runs under its own uid, unreadable for the runner, and ends with the job', async () => {
    const run = await startWith({ kind: 'static' })
    expect(await ask(run)).toMatch(/^Bearer sk-real-openai/)
    const processes = machine.listProcesses(SIDECAR_UID)
    expect(processes).toHaveLength(2)
    for (const pid of processes) expect(machine.asRunner(`cat /proc/${pid}/environ`).status).not.toBe(0)
    job.end()
    await waitUntil('it has ended', () => machine.listProcesses(SIDECAR_UID).length === 0)
    expect(machine.asRunner(`ls ${run.config.directory}/logs`).stdout.split('\n')).toEqual(
      expect.arrayContaining(['access.jsonl', 'sidecar.log']),
    )
  })

  it('has a credential program run as the runner’s user, with its groups and without rights of node', async () => {
    const run = await startWith(
      command(
        'echo token-of-$(id -u)-$(id -G | tr " " -)-no-new-privileges-$(grep NoNewPrivs /proc/self/status | cut -f2)',
      ),
    )
    expect(await ask(run)).toBe('Bearer token-of-1001-1001-4242-no-new-privileges-0\n')
  })

  it('has a credential file read that only the runner’s user may read, and sees that it changes', async () => {
    machine.sh(`echo older-token-0123456789 > /run/token; chown ${RUNNER} /run/token; chmod 400 /run/token`)
    const run = await startWith({ kind: 'file', path: '/run/token' })
    expect(await ask(run)).toBe('Bearer older-token-0123456789\n')
    machine.sh('echo newer-token-0123456789 > /run/token')
    await waitUntil('the new one is used', async () => (await ask(run)) === 'Bearer newer-token-0123456789\n')
  })

  it('has another credential process when one is killed', async () => {
    const run = await startWith(command('echo token-0123456789abcdef'))
    await ask(run)
    const isCredentialProcess = (pid: number): boolean =>
      machine.sh(`tr '\\0' ' ' < /proc/${pid}/cmdline`).stdout.includes('--allow-child-process --disable-warning')
    const [first] = machine.listProcesses(RUNNER).filter(isCredentialProcess)
    machine.asRunner(`kill -9 ${first}`)
    const second = await waitUntil('there is another', () =>
      machine.listProcesses(RUNNER).find((pid) => pid !== first && isCredentialProcess(pid)),
    )
    expect(second).not.toBe(first)
    expect(await ask(run)).toBe('Bearer token-0123456789abcdef\n')
  })

  it('has a command ended whose credential process was killed', async () => {
    const run = await startWith(command('echo $$ > /tmp/command; exec sleep 1000'))
    const pid = await waitUntil(
      'the command is up',
      () => Number(machine.sh('cat /tmp/command').stdout.trim()) || undefined,
    )
    const parent = machine.sh(`ps -o ppid= -p ${pid}`).stdout.trim()
    machine.asRunner(`kill -9 ${parent}`)
    await waitUntil('the command is ended', () => !machine.listProcesses(RUNNER).includes(pid))
    expect(run.replies.filter(({ kind }) => kind === 'ready')).toEqual([])
  })

  it('takes its credential process along when the job ends', async () => {
    const run = await startWith(command('echo token-0123456789abcdef'))
    await ask(run)
    expect(machine.listProcesses(RUNNER)).toHaveLength(2)
    job.end()
    await waitUntil('no process of the runner is left', () => machine.listProcesses(RUNNER).length === 0)
  })

  it('that cannot be given its credential is a failure, which leaves nothing', async () => {
    const before = machine.describeState()
    const run = await startWith(command('exit 3'), { validate: 'strict' })
    expect(await run.last).toMatchObject({
      kind: 'failed',
      reason: expect.stringMatching(/^The sidecar did not start: /),
    })
    expect(machine.describeState()).toEqual(before)
  })
})
