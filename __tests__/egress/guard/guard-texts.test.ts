import { describe, expect, it } from '@jest/globals'
import type { GuardConfig } from '../../../src/core/egress-config.ts'
import { checkHost, type HostFacts } from '../../../src/egress/guard/check-host.ts'
import { deriveContainerNetworks } from '../../../src/egress/guard/container-networks.ts'
import { relocateArguments } from '../../../src/egress/guard/copy-programs.ts'
import { isMadeUp, renderQuestion } from '../../../src/egress/guard/made-up-answer.ts'
import { countMounts, parseMountPoints } from '../../../src/egress/guard/mounts.ts'
import { normaliseListing } from '../../../src/egress/guard/normalise-listing.ts'
import { deriveFileName, renderSudoers } from '../../../src/egress/guard/privileges/lock-sudo.ts'
import { findGrant } from '../../../src/egress/guard/privileges/verify-powerless.ts'
import { isReplaceableIn, isWritableBy } from '../../../src/egress/guard/privileges/writable-by.ts'
import { describeError } from '../../../src/egress/guard/run-tool.ts'

describe('renderSudoers()', () => {
  it.each([
    ['runner', 'runner'],
    ['github-runner_1', 'github-runner_1'],
    [null, '#1001'],
    ['ALL', '#1001'],
    ['RUNNERS', '#1001'],
    ['a user', '#1001'],
    ['#0', '#1001'],
    ['%sudo', '#1001'],
    ['runner ALL=(ALL) ALL\nx', '#1001'],
  ])('denies everything to %j as %s', (name, written) => {
    expect(renderSudoers(name, 1001).split('\n').at(-2)).toBe(`${written} ALL=(ALL:ALL) !ALL`)
  })

  it('has a file name that sorts late and that sudo does not skip', () => {
    expect(deriveFileName('3f0e-../x~')).toBe('zz-setup-agent-proxy-3f0e-x')
  })
})

describe('findGrant()', () => {
  const listing = (...lines: string[]): string =>
    [
      'Matching Defaults entries for runner on host:',
      '    env_reset',
      '',
      'User runner may run the following commands on host:',
      ...lines.map((line) => `    ${line}`),
    ].join('\n')

  it.each([
    ['the denial is the last', ['(ALL) NOPASSWD: ALL', '(ALL : ALL) !ALL'], undefined],
    ['all is granted again', ['(ALL : ALL) !ALL', '(ALL) NOPASSWD: ALL'], '(ALL) NOPASSWD: ALL'],
    ['one program is', ['(ALL : ALL) !ALL', '(root) NOPASSWD: /usr/bin/env'], '(root) NOPASSWD: /usr/bin/env'],
    ['all but one program is denied', ['(ALL : ALL) !ALL, /usr/bin/env'], '(ALL : ALL) !ALL, /usr/bin/env'],
  ])('%s', (_title, lines, grant) => {
    expect(findGrant(listing(...lines))).toBe(grant)
  })

  it('finds none where nothing is listed', () => {
    expect(findGrant('User runner is not allowed to run sudo on host.')).toBeUndefined()
  })
})

describe('isWritableBy()', () => {
  const who = { uid: 1001, gid: 1001, groups: [4242] }
  it.each([
    ['its owner, who could change the bits', { uid: 1001, gid: 0, mode: 0o40555 }, true],
    ['everybody', { uid: 0, gid: 0, mode: 0o40777 }, true],
    ['a group of it', { uid: 0, gid: 4242, mode: 0o40775 }, true],
    ['its first group', { uid: 0, gid: 1001, mode: 0o40775 }, true],
    ['a group of others', { uid: 0, gid: 7, mode: 0o40775 }, false],
    ['everybody but a group of it', { uid: 0, gid: 4242, mode: 0o40757 }, false],
    ['root', { uid: 0, gid: 0, mode: 0o40755 }, false],
  ])('is right where it may be written by %s', (_title, access, isWritable) => {
    expect(isWritableBy(who, access)).toBe(isWritable)
  })

  it('knows that in a sticky directory nothing of others can be replaced', () => {
    expect(isReplaceableIn(who, { uid: 0, gid: 0, mode: 0o41777 })).toBe(false)
    expect(isReplaceableIn(who, { uid: 0, gid: 0, mode: 0o40777 })).toBe(true)
    expect(isReplaceableIn(who, { uid: 1001, gid: 0, mode: 0o41700 })).toBe(true)
  })
})

describe('parseMountPoints()', () => {
  const TEXT = [
    '22 1 0:20 / /proc rw,relatime shared:5 - proc proc rw',
    '40 1 8:1 /usr/local/bin /usr/local/bin ro,relatime shared:1 - ext4 /dev/sda1 rw',
    '41 40 8:1 /usr/local/bin /usr/local/bin rw - ext4 /dev/sda1 rw',
    '42 1 0:30 / /mnt/with\\040space\\134and\\011tab rw - tmpfs tmpfs rw',
    '',
  ].join('\n')

  it('reads mount points as they are written, with spaces and backslashes', () => {
    expect(parseMountPoints(TEXT)).toEqual(['/proc', '/usr/local/bin', '/usr/local/bin', '/mnt/with space\\and\ttab'])
  })

  it('counts those that lie over one another', () => {
    expect(countMounts('/usr/local/bin', TEXT)).toBe(2)
    expect(countMounts('/usr/local', TEXT)).toBe(0)
  })
})

describe('normaliseListing()', () => {
  const listing = (packets: number, expr: object[]): string =>
    JSON.stringify({
      nftables: [
        { metainfo: { version: '1.0.6' } },
        { table: { family: 'inet', name: 't', handle: packets } },
        { set: { name: 's', elem: packets === 0 ? undefined : [{ elem: { counter: { packets } } }] } },
        { rule: { handle: packets, chain: 'c', expr: [...expr, { counter: { packets, bytes: packets } }] } },
      ],
    })

  it('is the same whatever was counted and recorded', () => {
    expect(normaliseListing(listing(0, []))).toBe(normaliseListing(listing(7, [])))
  })

  it('is another for another rule, and none for what cannot be read', () => {
    expect(normaliseListing(listing(0, [{ accept: null }]))).not.toBe(normaliseListing(listing(0, [])))
    expect(normaliseListing('Error: no such table')).toBe('')
  })
})

describe('deriveContainerNetworks()', () => {
  const link = (ifname: string, kind: string | undefined, master?: string): object => ({
    ifname,
    ...(kind === undefined ? {} : { linkinfo: { info_kind: kind } }),
    ...(master === undefined ? {} : { master }),
  })
  const routes = [
    JSON.stringify([
      { dst: '172.17.0.0/16', dev: 'docker0' },
      { dst: '10.0.0.0/24', dev: 'eth0' },
    ]),
    '[]',
  ]
  it.each([
    [
      'a bridge of docker with containers',
      [link('docker0', 'bridge'), link('veth1', 'veth', 'docker0')],
      ['172.17.0.0/16'],
    ],
    ['one without any', [link('docker0', 'bridge')], ['172.17.0.0/16']],
    ['one that a card of the machine is in', [link('docker0', 'bridge'), link('eth1', undefined, 'docker0')], []],
    ['what only has the name', [link('docker0', 'dummy')], []],
    ['no bridge', [link('eth0', undefined)], []],
  ])('is right for %s', (_title, links, expected) => {
    expect(deriveContainerNetworks({ links: JSON.stringify(links), routes })).toEqual(expected)
  })

  it('finds nothing in what is no answer', () => {
    expect(deriveContainerNetworks({ links: '', routes: ['', ''] })).toEqual([])
  })
})

describe('relocateArguments()', () => {
  const places = new Map([
    ['/act/dist/sidecar', '/var/lib/x/sidecar'],
    ['/act/dist/worker', '/var/lib/x/worker'],
  ])

  it('names the copies in the place of the originals, and leaves the rest', () => {
    const words = [
      '--allow-fs-read=/act/dist/worker',
      '--allow-fs-read=/proc/*',
      '/act/dist/sidecar/index.js',
      'runner=12',
    ]
    expect(relocateArguments(words, places)).toEqual([
      '--allow-fs-read=/var/lib/x/worker',
      '--allow-fs-read=/proc/*',
      '/var/lib/x/sidecar/index.js',
      'runner=12',
    ])
  })

  it('refuses a program that was not copied', () => {
    expect(() => relocateArguments(['/act/dist/sidecar-of-mine/index.js'], places)).toThrow(
      'names a program that is not copied',
    )
  })
})

describe('isMadeUp()', () => {
  const question = renderQuestion(7, 'a.example')
  const answer = (address: readonly number[], id = 7): Buffer => {
    const head = Buffer.from(question)
    head.writeUInt16BE(id, 0)
    head.writeUInt16BE(1, 6)
    return Buffer.concat([head, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...address])])
  }
  it.each([
    ['an address of ours', answer([198, 18, 0, 7]), true],
    ['the last one of ours', answer([198, 19, 255, 254]), true],
    ['an address of somebody', answer([198, 20, 0, 7]), false],
    ['an answer to another question', answer([198, 18, 0, 7], 8), false],
    ['no answer', question, false],
    ['a torn one', answer([198, 18, 0, 7]).subarray(0, -3), false],
    ['nothing', Buffer.alloc(0), false],
  ])('is right for %s', (_title, message, expected) => {
    expect(isMadeUp(message, 7)).toBe(expected)
  })
})

describe('checkHost()', () => {
  const config = {
    runId: 'r1',
    runnerUid: 1001,
    relayUid: 1_900_000_001,
    sidecarUid: 1_900_000_002,
    directory: '/var/lib/setup-agent-proxy/r1',
    privileges: { sudo: 'off', docker: 'off' },
  } as GuardConfig
  const facts: HostFacts = { platform: 'linux', uid: 0, status: 'CapEff:\t000001ffffffffff\n', subordinateUids: '' }
  it.each<[string, Partial<HostFacts>, Partial<GuardConfig>, string | undefined]>([
    ['nothing', {}, {}, undefined],
    ['another platform', { platform: 'darwin' }, {}, 'The enforced level needs Linux, and this is darwin.'],
    ['not being root', { uid: 1001 }, {}, 'The guard does not run as root.'],
    [
      'no right to load rules',
      { status: 'CapEff:\t00000000a80425fb\n' },
      {},
      'There is no NET_ADMIN capability here (a container without it?), so the guard cannot load rules.',
    ],
    [
      'a status that cannot be read',
      { status: '' },
      {},
      'There is no NET_ADMIN capability here (a container without it?), so the guard cannot load rules.',
    ],
    ['a job of root', {}, { runnerUid: 0 }, 'The job runs as root, so nothing can be taken from it.'],
    ['one uid for two', {}, { sidecarUid: 1001 }, 'Relay, sidecar and runner need three different uids.'],
    [
      'a uid of a namespace',
      { subordinateUids: 'a:100000:65536\nb:1899999999:3' },
      {},
      '/etc/subuid lets b take on uid 1900000001, which the firewall exempts.',
    ],
    ['a uid beside those of a namespace', { subordinateUids: 'b:1899999999:2' }, {}, undefined],
    [
      'a run id that leaves its directory',
      {},
      { runId: '../r1', directory: '/var/lib/setup-agent-proxy/../r1' },
      'The directory /var/lib/setup-agent-proxy/../r1 is not …/setup-agent-proxy/<run id>.',
    ],
  ])('is right about %s', (_title, changedFacts, changedConfig, reason) => {
    expect(checkHost({ ...config, ...changedConfig }, { ...facts, ...changedFacts })).toBe(reason)
  })
})

describe('describeError()', () => {
  it('takes the telling line and not the underlining below it', () => {
    expect(
      describeError('/dev/stdin:1:1-5: Error: Could not process rule: Operation not permitted\nadd table x\n^^^^^'),
    ).toBe('/dev/stdin:1:1-5: Error: Could not process rule: Operation not permitted')
  })
})
