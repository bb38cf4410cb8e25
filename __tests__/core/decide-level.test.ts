import { describe, expect, it } from '@jest/globals'
import { decideLevel, decideTerminalLevel, type LevelFacts, type WantedLevel } from '../../src/core/decide-level.ts'

const ALL: LevelFacts = {
  platform: 'linux',
  root: 'works',
  hasNft: true,
  isJobVisible: true,
  isHeld: false,
  wrapper: { isUsable: true },
}
const NO_WRAPPER = { isUsable: false, reason: 'bwrap is missing (package bubblewrap).' } as const

describe('decideLevel()', () => {
  it.each<[WantedLevel, Partial<LevelFacts>, string]>([
    ['auto', {}, 'enforced'],
    ['auto', { root: 'no-sudo' }, 'wrapped'],
    ['auto', { root: 'sudo-asks' }, 'wrapped'],
    ['auto', { hasNft: false }, 'wrapped'],
    ['auto', { isJobVisible: false }, 'wrapped'],
    ['enforced', {}, 'enforced'],
    ['wrapped', {}, 'wrapped'],
    ['cooperative', {}, 'cooperative'],
    ['cooperative', { platform: 'darwin' }, 'cooperative'],
  ])('takes %s with %j as %s', (wanted, facts, level) => {
    expect(decideLevel(wanted, 'block', { ...ALL, ...facts })).toMatchObject({ kind: 'level', level })
  })

  it.each<[WantedLevel, Partial<LevelFacts>, readonly string[]]>([
    ['auto', { root: 'no-sudo', wrapper: NO_WRAPPER }, ['has no sudo', 'bwrap is missing']],
    [
      'auto',
      { platform: 'darwin' },
      ['Not enforced: it needs Linux, and this is darwin.', 'Not wrapped: it needs Linux'],
    ],
    ['enforced', { root: 'sudo-asks' }, ['sudo asks this user for a password']],
    ['enforced', { hasNft: false }, ['package nftables']],
    ['enforced', { isJobVisible: false }, ['job container']],
    ['wrapped', { wrapper: NO_WRAPPER }, ['bwrap is missing']],
    ['wrapped', { platform: 'win32' }, ['needs Linux']],
  ])('never replaces %s with %j by something weaker in block mode', (wanted, facts, parts) => {
    const decision = decideLevel(wanted, 'block', { ...ALL, ...facts })
    expect(decision).toMatchObject({ kind: 'fault', fault: { code: 'firewall-unavailable', input: 'firewall-level' } })
    for (const part of parts) expect(JSON.stringify(decision)).toContain(part)
  })

  it.each<[WantedLevel]>([['auto'], ['enforced'], ['wrapped'], ['cooperative']])(
    'refuses %s where another firewall has closed sudo, and leaves a lock that root can judge to root',
    (wanted) => {
      const facts: LevelFacts = { ...ALL, isHeld: true }
      expect(decideLevel(wanted, 'block', { ...facts, root: 'sudo-asks' })).toMatchObject({
        kind: 'fault',
        fault: { title: 'A firewall of this action stands already' },
      })
      expect(decideLevel(wanted, 'block', facts)).toMatchObject({ kind: 'level' })
    },
  )

  it('audits with variables alone where nothing else is possible, and says why', () => {
    const facts: LevelFacts = { ...ALL, root: 'no-sudo', wrapper: NO_WRAPPER }
    expect(decideLevel('auto', 'audit', facts)).toEqual({
      kind: 'level',
      level: 'cooperative',
      why: expect.stringContaining('bwrap is missing'),
    })
  })
})

describe('decideTerminalLevel()', () => {
  it.each<[WantedLevel, Partial<LevelFacts>, string]>([
    ['auto', {}, 'wrapped'],
    ['auto', { root: 'no-sudo' }, 'wrapped'],
    ['enforced', {}, 'enforced'],
    ['cooperative', { wrapper: NO_WRAPPER }, 'cooperative'],
  ])('takes %s with %j as %s: the machine is closed only when that is asked for by name', (wanted, facts, level) => {
    for (const mode of ['block', 'audit'] as const) {
      expect(decideTerminalLevel(wanted, mode, { ...ALL, ...facts })).toMatchObject({ kind: 'level', level })
    }
  })

  it.each(['block', 'audit'] as const)(
    'fails with the reason and both choices where nothing can be wrapped (%s)',
    (mode) => {
      const text = JSON.stringify(decideTerminalLevel('auto', mode, { ...ALL, wrapper: NO_WRAPPER }))
      for (const part of ['bwrap is missing', '--firewall-level cooperative', '--egress-policy off'])
        expect(text).toContain(part)
    },
  )
})
