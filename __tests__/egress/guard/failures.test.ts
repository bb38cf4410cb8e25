import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { GuardConfig } from '../../../src/core/egress-config.ts'
import { BASE, findObstacle, GuardMachine, type Job, RELAY_UID } from '../../support/guard-machine.ts'

/** Every reason for which there is no firewall: it is said in a sentence, and the machine is as it was. */
const obstacle = process.env.CI === 'true' && process.getuid?.() === 0 ? undefined : findObstacle()
const suite = obstacle === undefined ? describe : describe.skip

let machine: GuardMachine
let job: Job

beforeAll(async () => {
  if (obstacle !== undefined) return
  machine = await GuardMachine.create()
  job = await machine.startJob()
}, 180_000)

afterAll(async () => {
  if (obstacle === undefined) await machine[Symbol.asyncDispose]()
})

/** Bundles of the machine with another program as the relay. */
function withRelay(name: string, text: string): Partial<GuardConfig> {
  const { bundles } = machine.configure({ job })
  const directory = join(machine.bundles, name)
  mkdirSync(directory)
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  writeFileSync(join(directory, 'index.js'), text)
  return { bundles: { ...bundles, relay: join(directory, 'index.js') } }
}

interface Case {
  readonly title: string
  readonly changes?: () => Partial<GuardConfig>
  /** Shell lines as root, before and after. */
  readonly prepare?: string
  readonly restore?: string
  readonly reason: string | RegExp
}

const SAYS = (reply: object): string =>
  `import { writeSync } from 'node:fs'; writeSync(3, ${JSON.stringify(`${JSON.stringify(reply)}\n`)})`

const CASES: readonly Case[] = [
  {
    title: 'a relay that fails, with its own reason',
    changes: () => withRelay('failing', SAYS({ kind: 'failed', reason: 'No port could be opened.' })),
    reason: 'The relay did not start: No port could be opened.',
  },
  {
    title: 'a relay that ends without a word',
    changes: () => withRelay('silent', 'process.exit(3)'),
    reason: 'The relay ended before it was ready (exit code 3).',
  },
  {
    title: 'a relay that serves nothing, which the proof finds',
    changes: () => {
      const ports = { tls: 1443, http: 1080, tcp: 1001, dnsUdp: 1053, dnsTcp: 1054, proxy: 1055 }
      return withRelay('deaf', `${SAYS({ kind: 'ready', ports })}; setInterval(() => {}, 1000)`)
    },
    reason: 'The rules are loaded but do not hold: a DNS question was not answered by the relay.',
  },
  {
    title: 'rules that cannot be rendered',
    changes: () => ({ rootAddresses: ['169.254.169.254; accept'] }),
    reason: /An address that root may reach is no address/,
  },
  {
    title: 'a later sudoers file that grants again',
    prepare: "echo 'runner ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/zzz-later; chmod 0440 /etc/sudoers.d/zzz-later",
    restore: 'rm /etc/sudoers.d/zzz-later',
    reason: /^The runner's user still becomes root by sudo without a password/,
  },
  {
    title: 'a grant after the line that includes ours',
    prepare: "cp -p /etc/sudoers /tmp/sudoers; echo '%engine ALL=(ALL) NOPASSWD: ALL' >> /etc/sudoers",
    restore: 'cp -p /tmp/sudoers /etc/sudoers; rm /tmp/sudoers',
    reason: /^The runner's user still becomes root by sudo without a password/,
  },
  {
    title: 'a later grant of one program only',
    prepare:
      "echo 'runner ALL=(root) NOPASSWD: /usr/bin/env' > /etc/sudoers.d/zzz-later; chmod 0440 /etc/sudoers.d/zzz-later",
    restore: 'rm /etc/sudoers.d/zzz-later',
    reason: /grants the runner's user «\(root\) NOPASSWD: \/usr\/bin\/env»/,
  },
  {
    title: 'a job whose process is not there',
    changes: () => ({ watch: { pid: 999_999, startTime: null } }),
    reason: "The job's process (999999) is not there.",
  },
  {
    title: 'a job of root',
    changes: () => ({ runnerUid: 0 }),
    reason: 'The job runs as root, so nothing can be taken from it.',
  },
  {
    title: 'a uid that somebody may take on in a namespace',
    prepare: 'echo runner:1900000000:65536 > /etc/subuid',
    restore: 'rm /etc/subuid',
    reason: /\/etc\/subuid lets runner take on uid 1900000001/,
  },
  {
    title: 'a directory that is not of this action, which would be cleaned',
    changes: () => ({ directory: '/var/lib/other' }),
    reason: 'The directory /var/lib/other is not …/setup-agent-proxy/<run id>.',
  },
  {
    title: 'a directory below one that others may write',
    changes: () => ({ runId: 'shared', directory: '/tmp/setup-agent-proxy/shared' }),
    reason: '/tmp can be written by others, so no program of root may lie below it.',
  },
  {
    title: 'a directory behind a link',
    prepare: `mkdir /var/lib/real; ln -s /var/lib/real /var/lib/linked`,
    restore: 'rm -r /var/lib/real /var/lib/linked',
    changes: () => ({ runId: 'linked', directory: '/var/lib/linked/setup-agent-proxy/linked' }),
    reason: '/var/lib/linked is no directory, so no program of root may lie below it.',
  },
  {
    title: 'a config of another version',
    changes: () => ({ version: 2 as 1 }),
    reason: 'The config is of another version of this action.',
  },
]

suite('the guard refuses', () => {
  it.each(CASES)('$title, and leaves nothing', async ({ changes, prepare, restore, reason }) => {
    machine.sh(prepare ?? 'true')
    const before = machine.describeState()
    try {
      const run = await machine.startGuard({ job, ...changes?.() })

      expect(await run.last).toEqual({
        kind: 'failed',
        reason: typeof reason === 'string' ? reason : expect.stringMatching(reason),
      })
      expect(machine.describeState()).toEqual(before)
      expect(machine.sh(`ls ${BASE} 2>/dev/null`).stdout.replace('node\n', '')).toBe('')
      expect(machine.listProcesses(RELAY_UID)).toEqual([])
    } finally {
      machine.sh(restore ?? 'true')
    }
  })

  it.each([
    [
      'a container without NET_ADMIN',
      'setpriv --bounding-set=-net_admin --inh-caps=-net_admin',
      /There is no NET_ADMIN capability/,
    ],
    ['a user who is not root', 'setpriv --reuid 1001 --regid 1001 --clear-groups', /The guard does not run as root/],
  ])('%s', (_title, prefix, reason) => {
    const guard = join(machine.bundles, 'guard', 'index.js')
    machine.sh(`chmod a+rx ${machine.bundles}; mkdir -p /run/node; cp ${process.execPath} /run/node/node`)
    const config = JSON.stringify(machine.configure({ job })).replaceAll("'", "'\\''")
    const { stdout } = machine.sh(`echo '${config}' | ${prefix} /run/node/node ${guard}`)
    expect(JSON.parse(stdout)).toEqual({ kind: 'failed', reason: expect.stringMatching(reason) })
  })
})
