import { describe, expect, test } from '@jest/globals'
import {
  decideWrapper,
  deriveWrapTools,
  type WrapperFacts,
  type WrapStage,
} from '../../../src/core/wrapper/decide-wrapper.ts'

const FOUND = {
  bwrap: '/b/bwrap',
  unshare: '/b/unshare',
  setpriv: '/b/setpriv',
  mount: '/b/mount',
  shell: '/b/bash',
  nft: '/b/nft',
  ip: '/b/ip',
  env: '/b/env',
}
const KERNEL = { maxUserNamespaces: 1000, apparmorRestricts: false, isCloneOff: false, isContainer: false }

function facts(reached: readonly WrapStage[], change: Partial<WrapperFacts> = {}): WrapperFacts {
  const ways = deriveWrapTools(FOUND, true)
  const trials = reached.flatMap((stage, index) => {
    const tools = ways[index]
    return tools === undefined ? [] : [{ tools, reached: stage, said: 'Operation not permitted' }]
  })
  return { platform: 'linux', found: FOUND, trials, kernel: KERNEL, ...change }
}

describe('deriveWrapTools()', () => {
  test('bwrap first, then unshare; env only where it can restore signals', () => {
    expect(deriveWrapTools(FOUND, false).map(({ method, env }) => [method, env])).toEqual([
      ['bwrap', null],
      ['unshare', null],
    ])
    expect(deriveWrapTools(FOUND, true)[0]?.env).toBe('/b/env')
  })

  test.each(['nft', 'ip'] as const)('nothing can be tried without %s', (name) => {
    const { [name]: _, ...rest } = FOUND
    expect(deriveWrapTools(rest, true)).toEqual([])
  })
})

describe('decideWrapper()', () => {
  test('the first way that worked is taken; what it leaves open is said', () => {
    expect(decideWrapper(facts(['command']))).toEqual({
      isUsable: true,
      tools: deriveWrapTools(FOUND, true)[0],
      limits: [],
    })
    expect(decideWrapper(facts(['nothing', 'command']))).toEqual({
      isUsable: true,
      tools: deriveWrapTools(FOUND, true)[1],
      limits: [expect.stringContaining('VSOCK')],
    })
  })

  test.each<[string, WrapperFacts, string]>([
    ['another system', facts([], { platform: 'darwin', found: {} }), 'it needs Linux, and this is darwin'],
    ['no nft', facts([], { found: { ...FOUND, nft: undefined } as never }), 'package nftables'],
    ['no ip', facts([], { found: { ...FOUND, ip: undefined } as never }), 'package iproute2'],
    ['no way at all', facts([], { found: { nft: '/b/nft', ip: '/b/ip' } }), 'package bubblewrap'],
    [
      'AppArmor at the first step',
      facts(['nothing', 'nothing'], { kernel: { ...KERNEL, apparmorRestricts: true } }),
      '/etc/apparmor.d/bwrap',
    ],
    [
      'AppArmor, seen at the rules',
      facts(['outer', 'outer'], { kernel: { ...KERNEL, apparmorRestricts: true } }),
      'kernel.apparmor_restrict_unprivileged_userns is 1',
    ],
    [
      'no namespaces left',
      facts(['nothing'], { kernel: { ...KERNEL, maxUserNamespaces: 0 } }),
      'user.max_user_namespaces is 0',
    ],
    ['switched off', facts(['nothing'], { kernel: { ...KERNEL, isCloneOff: true } }), 'unprivileged_userns_clone is 0'],
    ['a container', facts(['nothing'], { kernel: { ...KERNEL, isContainer: true } }), 'seccomp profile'],
    [
      'a container that covers /proc',
      facts(['rules'], { kernel: { ...KERNEL, isContainer: true } }),
      'systempaths=unconfined',
    ],
    ['no rules', facts(['nothing', 'outer']), 'the rules of the network inside could not be loaded'],
    ['an unknown cause', facts(['nothing']), 'bwrap said: Operation not permitted'],
  ])('not usable, with cause and fix: %s', (_title, given, wanted) => {
    expect(decideWrapper(given)).toEqual({ isUsable: false, reason: expect.stringContaining(wanted) })
  })

  test('what a program said cannot become a workflow command', () => {
    const given = facts(['nothing'])
    const trials = given.trials.map((trial) => ({ ...trial, said: `\u001b[1m##[error]${'x'.repeat(1000)}` }))
    const decision = decideWrapper({ ...given, trials })
    expect(decision.isUsable ? '' : decision.reason).toMatch(/said: {2}\[1m## \[error\]x{200,300}$/)
  })
})
