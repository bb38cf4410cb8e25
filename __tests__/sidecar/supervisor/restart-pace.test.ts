import { describe, expect, test } from '@jest/globals'
import { createRestartPace } from '../../../src/sidecar/supervisor/restart-pace.ts'

describe('createRestartPace()', () => {
  test('pauses longer after each death, and says when that has not helped', () => {
    const pace = createRestartPace(() => 0)
    const seen = Array.from({ length: 7 }, () => [pace.isSpent(), pace.next()])
    expect(seen.map(([, delay]) => delay)).toEqual([0, 50, 200, 500, 1000, 1000, 1000])
    expect(seen.map(([isSpent]) => isSpent)).toEqual([false, false, false, false, false, true, true])
  })

  test('starts anew for a process that has lived for a while', () => {
    let now = 0
    const pace = createRestartPace(() => now)
    pace.start()
    expect([pace.next(), pace.next()]).toEqual([0, 50])
    now = 10_001
    expect(pace.next()).toBe(0)
    pace.start()
    expect(pace.next()).toBe(50)
  })
})
