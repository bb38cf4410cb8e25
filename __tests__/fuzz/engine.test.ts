import { describe, expect, test } from '@jest/globals'
import { parseFuzzArguments } from '../../fuzz/arguments.ts'
import { createDice, cutBytes, mixSeeds } from '../../fuzz/engine/dice.ts'
import { renderFailure, runTarget } from '../../fuzz/engine/run-target.ts'
import { demand, type Target } from '../../fuzz/engine/target.ts'
import { findTarget, TARGETS } from '../../fuzz/targets/all-targets.ts'
import { REGRESSIONS } from '../../fuzz/targets/regressions.ts'

/** A parser that chokes on one pair of bytes. */
const CHOKING: Target = {
  name: 'choking',
  reads: 'nothing',
  seeds: [Buffer.from('hello')],
  words: ['!'],
  generate: (dice) => dice.bytes(dice.below(60)),
  mustReach: [],
  check: (input) => {
    demand(!/!.*\?/s.test(input.toString('latin1')), 'no mark stands before a question')
    return 'read'
  },
}

const until = (most: number) => (iteration: number) => iteration >= most

describe('runTarget()', () => {
  test('gives the same inputs for the same seed, and others for another', async () => {
    const collect = async (seed: number): Promise<string[]> => {
      const inputs: string[] = []
      const onInput = (input: Buffer): void => void inputs.push(input.toString('latin1'))
      await runTarget(CHOKING, { seed, isOver: until(50), onInput })
      return inputs
    }
    expect(await collect(7)).toEqual(await collect(7))
    expect(await collect(7)).not.toEqual(await collect(8))
  })

  test('makes a failing input as small as it gets and says how to see it again', async () => {
    const { failure } = await runTarget(CHOKING, { seed: 1, isOver: until(1_000_000) })
    expect(failure?.input.toString()).toBe('!?')
    expect(failure === undefined ? '' : renderFailure(CHOKING, failure)).toMatch(
      /choking broke «no mark stands before a question» at input \d+ of seed 1\n[\s\S]*"!\?"\n.*--target choking --seed 1 --inputs \d+$/,
    )
  })

  test('takes any error for a failure', async () => {
    const check = (): string => {
      throw new TypeError('oops')
    }
    const { failure, executions } = await runTarget({ ...CHOKING, check }, { seed: 1, isOver: until(9) })
    expect(failure?.rule).toBe('unexpected TypeError: oops')
    expect(executions).toBe(1)
  })

  test('keeps an input with a new outcome and goes on from it', async () => {
    const check = (input: Buffer): string => {
      const text = input.toString('latin1')
      return text.includes('!!!!') ? 'four' : text.includes('!!') ? 'two' : 'none'
    }
    const { words } = await runTarget({ ...CHOKING, check }, { seed: 3, isOver: until(20_000) })
    expect([...words.keys()].sort()).toEqual(['four', 'none', 'two'])
  })
})

describe('cutBytes()', () => {
  test('loses nothing', () => {
    const bytes = createDice(5).bytes(200)
    for (let seed = 0; seed < 50; seed += 1) {
      expect(Buffer.concat(cutBytes(bytes, createDice(mixSeeds(seed, 1)))).equals(bytes)).toBe(true)
    }
  })
})

describe('parseFuzzArguments()', () => {
  test('reads seconds, targets, seed and inputs', () => {
    const words = ['--seconds', '5', '--target', 'dns,config', '--target', 'inputs', '--seed', '9', '--inputs', '77']
    const expected = { seconds: 5, targets: ['dns', 'config', 'inputs'], seed: 9, inputs: 77 }
    expect(parseFuzzArguments(words, 1)).toEqual(expected)
    expect(parseFuzzArguments([], 4)).toEqual({ seconds: 60, targets: [], seed: 4, inputs: undefined })
  })

  test.each([['--seconds', 'x'], ['--seed', '-1'], ['--seed', '4294967296'], ['--what'], ['stray']])(
    'refuses %s %s',
    (...words) => {
      expect(() => parseFuzzArguments(words, 1)).toThrow()
    },
  )
})

describe('TARGETS', () => {
  test('have names of their own, seeds and something to reach', () => {
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length)
    expect(TARGETS.filter(({ seeds, mustReach }) => seeds.length === 0 || mustReach.length === 0)).toEqual([])
    expect(() => findTarget('nonsense')).toThrow(/^There is no target nonsense: client-requests, /)
  })

  test('every regression belongs to one', () => {
    expect(REGRESSIONS.filter(({ target }) => !TARGETS.some(({ name }) => name === target))).toEqual([])
  })
})
