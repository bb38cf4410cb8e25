import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { EgressEvent, EgressLogEvent } from '../../../src/core/egress-event.ts'
import {
  BASE,
  findObstacle,
  GuardMachine,
  type GuardRun,
  type Job,
  RELAY_UID,
  RUNNER,
} from '../../support/guard-machine.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The shipped guard on a machine of its own, from its start to the end of the job, with a relay of the tests. */
const obstacle = process.env.CI === 'true' && process.getuid?.() === 0 ? undefined : findObstacle()
const suite = obstacle === undefined ? describe : describe.skip

let machine: GuardMachine
let job: Job
let before: GuardMachine['describeState'] extends () => infer State ? State : never

beforeEach(async () => {
  if (obstacle !== undefined) return
  machine = await GuardMachine.create()
  job = await machine.startJob()
  before = machine.describeState()
}, 180_000)

afterEach(async () => {
  if (obstacle === undefined) await machine[Symbol.asyncDispose]()
})

async function startReady(changes: Parameters<GuardMachine['configure']>[0] = { job }): Promise<GuardRun> {
  const run = await machine.startGuard(changes)
  expect(await run.last).toMatchObject({ kind: 'ready' })
  return run
}

const guardPid = (run: GuardRun): number => {
  const ready = run.replies.find((reply) => reply.kind === 'ready')
  return ready?.kind === 'ready' ? ready.guardPid : 0
}

/** The log, once a line of that kind is in it. */
const waitForLine = (run: GuardRun, fits: (event: EgressLogEvent) => boolean): Promise<EgressLogEvent> =>
  waitUntil('the line is in the log', () => machine.readLog(run.config).find(fits))
const waitForWord = (run: GuardRun, what: string): Promise<EgressLogEvent> =>
  waitForLine(run, (event) => event.kind === 'lifecycle' && event.what === what)
const isEgress = (event: EgressLogEvent): event is EgressEvent => event.kind === 'egress'

/** Connects as the runner with a node that it may run, and says what became of it. */
const connect = (address: string, port: number): string =>
  machine.asRunner(
    `${BASE}/node/node -e "require('net').connect(${port}, '${address}').on('error', (e) => console.log(e.code)).on('close', () => console.log('closed')).on('data', () => {})"`,
  ).stdout

suite('the guard', () => {
  it('locks the machine for the job and gives everything back when its process is gone', async () => {
    const run = await startReady()
    expect(machine.asRunner('sudo -n true').status).not.toBe(0)
    expect(machine.sh('nft list tables').stdout).toContain('setup_agent_proxy')
    job.end()
    await waitForWord(run, 'stopped')
    await waitUntil('the guard is gone', () => machine.sh(`kill -0 ${guardPid(run)}`).status !== 0)
    expect(machine.describeState()).toEqual(before)
    expect(machine.sh(`ls -A ${run.config.directory}`).stdout).toBe('logs\n')
  })

  it('outlives the sudo through which the runner starts it', async () => {
    const runner = ['setpriv', `--reuid=${RUNNER}`, `--regid=${RUNNER}`, '--init-groups']
    const run = await machine.startGuard({ job }, [...runner, 'sudo', '-n', '--'])
    expect(await run.last).toMatchObject({ kind: 'ready' })
    await waitUntil('sudo has ended', () => run.child.exitCode === 0)
    expect(machine.asRunner('sudo -n true').status).not.toBe(0)
    machine.sh(`kill -9 ${machine.listProcesses(RELAY_UID).join(' ')}`)
    await waitForWord(run, 'relay-restarted')
    job.end()
    await waitForWord(run, 'stopped')
    expect(machine.describeState()).toEqual(before)
  })

  it('has the runner read its logs and nothing else, and be able to end nothing', async () => {
    const run = await startReady()
    expect(machine.asRunner(`cat ${run.config.directory}/logs/firewall.jsonl`).status).toBe(0)
    expect(machine.asRunner(`cat ${run.config.directory}/journal.json`).status).not.toBe(0)
    expect(machine.asRunner(`find ${BASE} -writable -o -type f -name node -readable`).stdout).toBe('')
    const [relay] = machine.listProcesses(RELAY_UID)
    for (const pid of [guardPid(run), relay]) expect(machine.asRunner(`kill -9 ${pid}`).status).not.toBe(0)
  })

  it('gives its own processes no variable of whoever started it', async () => {
    const run = await startReady()
    const [relay] = machine.listProcesses(RELAY_UID)
    expect(machine.sh(`tr '\\0' '\\n' < /proc/${guardPid(run)}/environ | sort`).stdout).toBe(
      'LC_ALL=C\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\n',
    )
    expect(machine.sh(`cat /proc/${relay}/environ`).stdout).toBe('')
    expect(
      machine.sh(`grep -h -e NoNewPrivs -e CapBnd -e Groups /proc/${relay}/status`).stdout.replace(/\s+/g, ' '),
    ).toBe('Groups: CapBnd: 0000000000000000 NoNewPrivs: 1 ')
  })

  it('logs a refused connection with the program that made it', async () => {
    const run = await startReady()
    expect(connect('198.18.0.7', 443)).toContain('closed')
    const event = await waitForLine(run, (line) => isEgress(line) && line.address === '198.18.0.7')
    expect(event).toMatchObject({ uid: RUNNER, program: `${BASE}/node/node` })
    expect((event as EgressEvent).pid).toBeGreaterThan(1)
  })

  it('logs what the rules refuse by themselves', async () => {
    const run = await startReady()
    const line = `${BASE}/node/node -e "const s = require('dgram').createSocket('udp4'); s.send('x', 4242, '198.18.0.7', () => s.close())"`
    machine.asRunner(line)
    const event = await waitForLine(run, (found) => isEgress(found) && found.protocol === 'udp')
    expect(event).toMatchObject({ verdict: 'blocked', port: 4242, uid: RUNNER, reason: 'protocol-not-allowed' })
    expect(machine.readLog(run.config).filter((found) => isEgress(found) && found.port === 9)).toEqual([])
  })

  it('has another relay on the same ports when one dies, and the rules stay', async () => {
    const run = await startReady()
    const rules = machine.sh('nft -s -t list ruleset').stdout
    const [relay] = machine.listProcesses(RELAY_UID)
    machine.sh(`kill -9 ${relay}`)
    expect(await waitForWord(run, 'relay-restarted')).toMatchObject({ detail: 'SIGKILL' })
    expect(machine.listProcesses(RELAY_UID)).not.toContain(relay)
    expect(machine.sh('nft -s -t list ruleset').stdout).toBe(rules)
    expect(connect('198.18.0.7', 443)).toContain('closed')
    await waitForLine(run, (line) => isEgress(line) && line.address === '198.18.0.7')
  })

  it('follows a relay that cannot have its ports again with the rules', async () => {
    const run = await startReady()
    const port = /redirect to :(\d+) comment "tls"/.exec(machine.sh('nft list ruleset').stdout)?.[1] ?? ''
    const [relay] = machine.listProcesses(RELAY_UID)
    // Stopped, so that the thief is sure to be first.
    const thief = `require('net').createServer().listen(${port}, '127.0.0.1').on('error', () => process.exit(1))`
    machine.sh(
      `kill -STOP ${guardPid(run)}; kill -9 ${relay}; sleep 0.1; setsid ${BASE}/node/node -e "${thief}" >/dev/null 2>&1 & sleep 0.5; kill -CONT ${guardPid(run)}`,
    )
    await waitForWord(run, 'relay-restarted')
    await waitUntil(
      'the rules lead elsewhere',
      () => !machine.sh('nft list ruleset').stdout.includes(`redirect to :${port} comment "tls"`),
    )
    expect(connect('198.18.0.7', 443)).toContain('closed')
    await waitForLine(run, (line) => isEgress(line) && line.address === '198.18.0.7')
  })

  it('loads the rules again when somebody takes them away', async () => {
    const run = await startReady()
    machine.sh('nft flush ruleset; ip route del 198.18.0.0/15 dev lo')
    expect(await waitForWord(run, 'rules-changed')).toMatchObject({ detail: expect.stringContaining('loaded again') })
    expect(machine.sh('nft list tables').stdout).toContain('setup_agent_proxy')
    expect(machine.sh('ip route').stdout).toContain('198.18.0.0/15')
  })

  it('loads the rules again when somebody opens a hole in them', async () => {
    const run = await startReady()
    machine.sh('nft insert rule inet setup_agent_proxy leaving accept')
    await waitForWord(run, 'rules-changed')
    expect(machine.sh('nft list chain inet setup_agent_proxy leaving').stdout).not.toMatch(/^\t+accept$/m)
  })

  it('is the only one of a machine', async () => {
    await startReady()
    const second = await machine.startGuard({ job })
    expect(await second.last).toEqual({ kind: 'failed', reason: expect.stringContaining('has the firewall already') })
    expect(machine.asRunner('sudo -n true').status).not.toBe(0)
  })

  it('gives everything back at the maximum age, and ends the job, which would go on without a firewall', async () => {
    const run = await startReady({ job, maxAgeMs: 1000 })
    expect(await waitForWord(run, 'stopped')).toMatchObject({
      detail: 'the maximum age is reached; 1 processes that it had left were ended',
    })
    expect(machine.describeState()).toEqual(before)
  })

  it('gives everything back when root asks it to end', async () => {
    const run = await startReady()
    machine.sh(`kill -TERM ${guardPid(run)}`)
    await waitForWord(run, 'stopped')
    expect(machine.describeState()).toEqual(before)
  })

  it('gives everything back when the step is cancelled before it is ready', async () => {
    const run = await machine.startGuard({ job })
    run.child.stdin?.write('cancel\n')
    expect(await run.last).toEqual({ kind: 'failed', reason: 'The step was cancelled.' })
    expect(machine.describeState()).toEqual(before)
  })

  it('takes no old log along: what earlier runs kept is pruned', async () => {
    const first = await startReady()
    job.end()
    await waitForWord(first, 'stopped')
    await waitUntil('the guard is gone', () => machine.sh(`kill -0 ${guardPid(first)}`).status !== 0)
    const run = await startReady({ job: await machine.startJob() })
    expect(machine.sh(`ls ${BASE}`).stdout).toBe(['guard.json', 'node', `${run.config.runId}\n`].toSorted().join('\n'))
  })
})

suite('a guard that was killed', () => {
  it('leaves the machine closed: rules and locks stay, its relay does not', async () => {
    const run = await startReady()
    machine.sh(`kill -9 ${guardPid(run)}`)
    await waitUntil('its children are gone', () => machine.listProcesses(RELAY_UID).length === 0)
    expect(machine.sh('nft list tables').stdout).toContain('setup_agent_proxy')
    expect(machine.asRunner('sudo -n true').status).not.toBe(0)
    expect(connect('198.18.0.7', 443)).toContain('ECONNREFUSED')
  })

  it('is cleaned up after by the next one, which then gives everything back', async () => {
    const dead = await startReady()
    machine.sh(`kill -9 ${guardPid(dead)}`)
    const run = await startReady()
    expect(machine.sh(`ls ${BASE}`).stdout).not.toContain(dead.config.runId)
    expect(machine.sh('ls /etc/sudoers.d').stdout).not.toContain(dead.config.runId)
    job.end()
    await waitForWord(run, 'stopped')
    expect(machine.describeState()).toEqual(before)
  })

  it('is cleaned up after by root’s command', async () => {
    const run = await startReady()
    machine.sh(`kill -9 ${guardPid(run)}`)
    const clean = `${BASE}/node/node ${run.config.directory}/guard/index.js clean ${BASE}`
    expect(machine.asRunner(clean).status).not.toBe(0)
    expect(machine.sh(clean)).toMatchObject({ status: 0 })
    expect(machine.describeState()).toEqual(before)
  })
})

suite('the guard with the shipped relay', () => {
  it('has a refused name refused with a reason, logged with its program, and a killed relay replaced', async () => {
    await machine[Symbol.asyncDispose]()
    machine = await GuardMachine.create('shipped')
    job = await machine.startJob()
    before = machine.describeState()
    const run = await startReady()
    const code = `fetch('http://blocked.example/').then(async (r) => console.log(r.status, await r.text()))`
    const ask = (): string => machine.asRunner(`${BASE}/node/node -e "${code}"`).stdout
    expect(ask()).toMatch(/^403 .*blocked\.example/)
    const event = await waitForLine(run, (line) => isEgress(line) && line.host === 'blocked.example')
    expect(event).toMatchObject({ verdict: 'blocked', uid: RUNNER, program: `${BASE}/node/node` })
    machine.sh(`kill -9 ${machine.listProcesses(RELAY_UID).join(' ')}`)
    await waitForWord(run, 'relay-restarted')
    expect(ask()).toMatch(/^403 /)
    job.end()
    await waitForWord(run, 'stopped')
    expect(machine.describeState()).toEqual(before)
  }, 180_000)
})
