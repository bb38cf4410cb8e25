import { randomInt } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { createDice } from '../../fuzz/engine/dice.ts'
import { renderFailure, runTarget } from '../../fuzz/engine/run-target.ts'
import type { Target } from '../../fuzz/engine/target.ts'
import { REGRESSIONS } from '../../fuzz/targets/regressions.ts'

/** Long enough for thousands of inputs of most targets; `npm run fuzz` is for more. */
const RANDOM_MS = 1200
const FIXED_SEED = 20_261_125
const FIXED_INPUTS = 300
/** Until every kind of outcome was there; every target gets there much earlier. */
const MOST_INPUTS = 40_000
const CUTS = 16

export interface BrokenTarget {
  /** What is wrong with it. */
  readonly defect: string
  readonly create: () => Target
}

/**
 * A target holds for a fixed seed, for one that is new each time, and for everything that ever broke it; and a parser with a defect
 * is found out.
 */
export function holdTarget(target: Target, broken: readonly BrokenTarget[]): void {
  describe(`fuzzing ${target.name}`, () => {
    test('holds for a fixed seed and comes across every outcome', async () => {
      const missing = new Set(target.mustReach)
      const watched: Target = {
        ...target,
        check: async (input, dice) => {
          const word = await target.check(input, dice)
          missing.delete(word)
          return word
        },
      }
      const isOver = (iteration: number): boolean =>
        iteration >= FIXED_INPUTS && (missing.size === 0 || iteration >= MOST_INPUTS)
      await expectToHold(watched, FIXED_SEED, isOver)
      expect([...missing]).toEqual([])
    }, 120_000)

    test('holds for a random seed', async () => {
      const seed = randomInt(2 ** 32 - 1)
      process.stderr.write(`fuzzing ${target.name} with seed ${seed}\n`)
      const end = performance.now() + RANDOM_MS
      await expectToHold(target, seed, () => performance.now() > end)
    }, 120_000)

    const past = REGRESSIONS.filter((each) => each.target === target.name)
    if (past.length > 0) {
      test.each(past)(
        'holds for what was found before: $name',
        async ({ input }) => {
          for (let salt = 0; salt < CUTS; salt += 1) {
            const word = await target.check(Buffer.from(input, 'latin1'), createDice(salt))
            expect(typeof word).toBe('string')
          }
        },
        120_000,
      )
    }

    test.each(broken)(
      'finds out a parser that $defect',
      async ({ create }) => {
        const isOver = (iteration: number): boolean => iteration >= MOST_INPUTS
        const { failure } = await runTarget(create(), { seed: FIXED_SEED, isOver, shrinkMs: 150 })
        expect(failure?.rule).toEqual(expect.any(String))
        expect(failure?.rule).not.toMatch(/^unexpected/)
      },
      120_000,
    )
  })
}

async function expectToHold(target: Target, seed: number, isOver: (iteration: number) => boolean): Promise<void> {
  const { failure, executions } = await runTarget(target, { seed, isOver })
  expect(failure === undefined ? 'held' : renderFailure(target, failure)).toBe('held')
  expect(executions).toBeGreaterThan(0)
}
