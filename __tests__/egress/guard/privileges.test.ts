import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { BASE, ENGINE_GROUP, findObstacle, GuardMachine, type Job, RUNNER } from '../../support/guard-machine.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** What the runner's user may no longer do while the job runs, tried as that user, and may again when it is over. */
const obstacle = process.env.CI === 'true' && process.getuid?.() === 0 ? undefined : findObstacle()
const suite = obstacle === undefined ? describe : describe.skip

let machine: GuardMachine
let job: Job

beforeEach(async () => {
  if (obstacle !== undefined) return
  machine = await GuardMachine.create()
  job = await machine.startJob()
}, 180_000)

afterEach(async () => {
  if (obstacle === undefined) await machine[Symbol.asyncDispose]()
})

/** Starts a guard, looks while it is locked, ends the job, and compares the machine with what it was. */
async function whileLocked(
  look: (limits: readonly string[]) => void | Promise<void>,
  changes: object = {},
): Promise<void> {
  const before = machine.describeState()
  const run = await machine.startGuard({ job, ...changes })
  const ready = await run.last
  if (ready.kind !== 'ready') throw new Error(JSON.stringify(ready))
  await look(ready.limits)
  job.end()
  await waitUntil('the guard is gone', () => machine.sh(`kill -0 ${ready.guardPid}`).status !== 0)
  expect(machine.describeState()).toEqual(before)
}

/** A socket that is listened on, made by the node of an earlier run so that the tests need no other program. */
function listen(path: string, access: { readonly uid: number; readonly gid: number; readonly mode: string }): void {
  const code = `require('net').createServer().listen('${path}')`
  machine.sh(`mkdir -p $(dirname ${path}); setsid ${process.execPath} -e "${code}" >/dev/null 2>&1 &
    while [ ! -S ${path} ]; do :; done; chown ${access.uid}:${access.gid} ${path}; chmod ${access.mode} ${path}`)
}

const connect = (path: string): string =>
  machine
    .asRunner(
      `${BASE}/node/node -e "const s = require('net').connect('${path}').on('error', (e) => console.log(e.code)).on('connect', () => { console.log('open'); s.destroy() })"`,
    )
    .stdout.trim()

suite('the locked runner', () => {
  it.each([
    '/run/docker.sock',
    '/run/containerd/containerd.sock',
    '/run/podman/podman.sock',
    '/run/buildkit/buildkitd.sock',
  ])('cannot open %s with its group', async (path) => {
    listen(path, { uid: 0, gid: ENGINE_GROUP, mode: '660' })
    await whileLocked((limits) => {
      expect(connect(path)).toBe('EACCES')
      expect(limits.join()).not.toContain(path)
    })
    expect(connect(path)).toBe('open')
  })

  it('keeps the socket of an engine where docker is kept, and a sentence says so', async () => {
    listen('/run/docker.sock', { uid: 0, gid: ENGINE_GROUP, mode: '660' })
    await whileLocked(
      (limits) => {
        expect(connect('/run/docker.sock')).toBe('open')
        expect(limits.join('\n')).toContain('/run/docker.sock stays open (docker: keep)')
      },
      { privileges: { sudo: 'off', docker: 'keep' } },
    )
  })

  it('keeps sudo where it is kept, and a sentence says so', async () => {
    await whileLocked(
      (limits) => {
        expect(machine.asRunner('sudo -n true').status).toBe(0)
        expect(limits.join('\n')).toContain('sudo stays open (sudo: keep)')
      },
      { privileges: { sudo: 'keep', docker: 'off' } },
    )
  })

  it('has sudo neither by its name nor by a group', async () => {
    machine.sh("echo '%engine ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers.d/runner")
    await whileLocked(() => {
      expect(machine.asRunner('sudo -n true').status).not.toBe(0)
      expect(machine.asRunner('sudo -n -u nobody true').status).not.toBe(0)
    })
  })

  it('cannot open the diagnostics sockets of .NET programs that ran before', async () => {
    const path = '/tmp/dotnet-diagnostic-4711-1234-socket'
    listen(path, { uid: RUNNER, gid: RUNNER, mode: '600' })
    await whileLocked(() => {
      expect(connect(path)).toBe('EACCES')
      // Sticky: what root owns in /tmp cannot be moved aside either.
      expect(machine.asRunner(`mv ${path} /tmp/other`).status).not.toBe(0)
    })
    expect(connect(path)).toBe('open')
  })

  it('has no file of root changed through a link in the place of a diagnostics socket', async () => {
    machine.asRunner('ln -s /etc/shadow /tmp/dotnet-diagnostic-1-1-socket')
    const before = machine.sh("stat -c '%U:%G %a' /etc/shadow").stdout
    await whileLocked(() => {
      expect(machine.sh("stat -c '%U:%G %a' /etc/shadow").stdout).toBe(before)
    })
  })

  it.each(['777', '755'])('cannot change what root runs in a directory of mode %s', async (mode) => {
    machine.sh(`chmod ${mode} /usr/local/bin; echo '#!/bin/sh' > /usr/local/bin/tool; chmod 777 /usr/local/bin/tool`)
    await whileLocked(() => {
      expect(machine.asRunner('echo evil >> /usr/local/bin/tool').status).not.toBe(0)
      expect(machine.asRunner('mv /usr/local/bin /usr/local/other').status).not.toBe(0)
    })
    expect(machine.asRunner('echo again >> /usr/local/bin/tool').status).toBe(0)
  })

  it('can still write its tool cache', async () => {
    machine.sh('mkdir -p /run/hostedtoolcache; chmod 777 /run/hostedtoolcache')
    await whileLocked(() => {
      expect(machine.asRunner('touch /run/hostedtoolcache/tool').status).toBe(0)
    })
  })

  it('cannot make a directory that root would read', async () => {
    machine.sh(
      'mount -t tmpfs -o mode=777 tmpfs /usr/share/polkit-1; mount -t tmpfs -o mode=777 tmpfs /usr/local/share',
    )
    await whileLocked(() => {
      expect(machine.asRunner('mkdir -p /usr/share/polkit-1/rules.d').status).not.toBe(0)
      expect(machine.asRunner('mkdir -p /usr/local/share/dbus-1/system-services').status).not.toBe(0)
    })
    expect(machine.sh('ls -A /usr/local/share').stdout).toBe('')
  })
})
