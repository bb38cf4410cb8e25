import { describe, expect, test } from '@jest/globals'
import { createThrottle } from '../../../src/sidecar/worker/throttle.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

describe('createThrottle()', () => {
  test('runs in the same turn while calls are few', async () => {
    let runs = 0
    const call = createThrottle({ burst: 3, everyMs: 60_000 }, () => {
      runs += 1
    })
    for (const expected of [1, 2, 3]) {
      call()
      await turn()
      expect(runs).toBe(expected)
    }
  })

  test('is one run for many calls of a turn', async () => {
    let runs = 0
    const call = createThrottle({ burst: 3, everyMs: 60_000 }, () => {
      runs += 1
    })
    for (let count = 0; count < 100; count += 1) call()
    await turn()
    expect(runs).toBe(1)
  })

  test('waits for the interval once the burst is used up, and then runs once for all calls meanwhile', async () => {
    let runs = 0
    const ran = Promise.withResolvers<void>()
    const call = createThrottle({ burst: 1, everyMs: 1500 }, () => {
      runs += 1
      if (runs === 2) ran.resolve()
    })
    call()
    await turn()
    call()
    call()
    await turn()
    expect(runs).toBe(1)
    await ran.promise
    expect(runs).toBe(2)
  })
})
