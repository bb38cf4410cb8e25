import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CASES } from './cases/all.ts'
import type { LevelName } from './cases/case.ts'
import { titleOf } from './harness/context.ts'
import { renderReport } from './harness/report.ts'
import { findObstacle } from './harness/requirements.ts'
import { type CaseResult, runCases } from './harness/run-cases.ts'
import { createWorld, type World } from './harness/world.ts'
import { startEnforced } from './levels/enforced.ts'
import type { Level } from './levels/level.ts'
import { startOff } from './levels/off.ts'
import { startWrapped } from './levels/wrapped.ts'

/**
 * Attacks on the firewall, judged by what the outside received. The same cases run without a firewall first: there they must be
 * seen to leak, or the proof would prove nothing.
 */
const obstacle = findObstacle()
const isCi = process.env.CI === 'true'
const LIMIT_MS = 600_000

const LEVELS: Readonly<Record<LevelName, (world: World) => Promise<Level>>> = {
  off: startOff,
  enforced: startEnforced,
  wrapped: startWrapped,
}

describe('the attack suite', () => {
  it('runs wherever CI runs', () => {
    expect(isCi ? obstacle : undefined).toBeUndefined()
  })
})

const suite = obstacle === undefined ? describe : describe.skip

suite(`attacks${obstacle === undefined ? '' : ` (left out: ${obstacle})`}`, () => {
  let world: World
  const results = new Map<LevelName, readonly CaseResult[]>()

  beforeAll(async () => {
    world = await createWorld()
  }, LIMIT_MS)

  afterAll(async () => {
    console.log(renderReport(results))
    await world.close()
  })

  describe.each(Object.entries(LEVELS) as [LevelName, (world: World) => Promise<Level>][])('%s', (name, start) => {
    const cases = CASES.filter((one) => one.kind !== 'use' || one.levels.includes(name))

    let interruptions: readonly string[] | undefined

    beforeAll(async () => {
      const startListening = async (): Promise<Level> => {
        const level = await start(world)
        const stop = async (): Promise<void> => {
          interruptions = await level.listInterruptions().finally(level.stop)
        }
        return { ...level, stop }
      }
      results.set(name, await runCases(world, name, { cases, start: startListening }))
    }, LIMIT_MS)

    it('stands all along', () => {
      expect(interruptions).toEqual([])
    })

    it.each(cases.map((one) => [one.kind, titleOf(one), one] as const))('%s · %s', (_kind, _title, one) => {
      const result = results.get(name)?.find((each) => each.one === one)
      const seen = { output: `${result?.output} after ${Math.round(result?.ms ?? 0)} ms`, findings: result?.findings }
      const mayLeak = one.kind === 'bypass' && (name === 'off' ? one.leaksWithout : one.knownLeaks.includes(name))
      if (mayLeak) expect(result?.findings).not.toEqual([])
      else expect(seen).toEqual({ output: seen.output, findings: [] })
    })
  })
})
