import { describe, expect, test } from '@jest/globals'
import { createLimits } from '../../../src/sidecar/worker/limits.ts'

const usage = (total: number) => ({ input: total - 1, output: 1, cached: 0 })
const none = { requests: 0, tokens: 0 }

describe('createLimits()', () => {
  test('without limits everything is admitted and counted', () => {
    const limits = createLimits({ maxRequests: null, maxTokens: null, used: none })
    for (let count = 0; count < 100; count += 1) expect(limits.admit()).toBeUndefined()
    for (let count = 0; count < 100; count += 1) limits.settle(usage(1000))
    expect(limits.used()).toEqual({ requests: 100, tokens: 100_000 })
  })

  test('max-requests is counted at admission, so that requests at once cannot overshoot', () => {
    const limits = createLimits({ maxRequests: 3, maxTokens: null, used: none })
    const answers = Array.from({ length: 5 }, () => limits.admit())
    expect(answers).toEqual([undefined, undefined, undefined, 'request_limit_reached', 'request_limit_reached'])
    limits.settle(undefined)
    expect(limits.admit()).toBe('request_limit_reached')
  })

  test('max-tokens ends when what was used reaches it', () => {
    const limits = createLimits({ maxRequests: null, maxTokens: 100, used: none })
    limits.admit()
    limits.settle(usage(99))
    expect(limits.admit()).toBeUndefined()
    limits.settle(usage(1))
    expect(limits.admit()).toBe('token_limit_reached')
  })

  test('each request under way reserves as much as the largest one so far', () => {
    const limits = createLimits({ maxRequests: null, maxTokens: 100, used: none })
    limits.admit()
    limits.settle(usage(30))
    expect([limits.admit(), limits.admit(), limits.admit(), limits.admit()]).toEqual([
      undefined,
      undefined,
      undefined,
      'token_limit_reached',
    ])
    limits.settle(usage(5))
    expect(limits.admit()).toBeUndefined()
  })

  test('a request that used nothing gives its reservation back', () => {
    const limits = createLimits({ maxRequests: null, maxTokens: 50, used: { requests: 0, tokens: 0 } })
    limits.admit()
    limits.settle(usage(40))
    expect(limits.admit()).toBeUndefined()
    expect(limits.admit()).toBe('token_limit_reached')
    limits.settle(undefined)
    expect(limits.admit()).toBeUndefined()
  })

  test('requests on one connection are admitted one by one, and the last one allowed keeps its answer', () => {
    const limits = createLimits({ maxRequests: 2, maxTokens: null, used: none })
    limits.admit()
    expect(limits.book(usage(10))).toBeUndefined()
    expect(limits.admitFurther()).toBeUndefined()
    expect(limits.book(usage(10))).toBeUndefined()
    expect(limits.admitFurther()).toBe('request_limit_reached')
    expect(limits.used()).toEqual({ requests: 2, tokens: 20 })
  })

  test('a response on a connection that uses the last tokens says so at once', () => {
    const limits = createLimits({ maxRequests: null, maxTokens: 15, used: none })
    limits.admit()
    expect([limits.book(usage(10)), limits.book(usage(10))]).toEqual([undefined, 'token_limit_reached'])
    expect(limits.admitFurther()).toBe('token_limit_reached')
  })

  test('goes on from what an earlier worker has used', () => {
    const limits = createLimits({ maxRequests: 5, maxTokens: null, used: { requests: 4, tokens: 7 } })
    expect([limits.admit(), limits.admit()]).toEqual([undefined, 'request_limit_reached'])
    expect(limits.used()).toEqual({ requests: 5, tokens: 7 })
  })

  test('a limit of zero admits nothing', () => {
    expect(createLimits({ maxRequests: 0, maxTokens: null, used: none }).admit()).toBe('request_limit_reached')
    expect(createLimits({ maxRequests: null, maxTokens: 0, used: none }).admit()).toBe('token_limit_reached')
  })
})
