import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../../../src/core/secret.ts'
import { CredentialUnavailableError } from '../../../../src/sidecar/worker/credentials/credential.ts'
import { createTokenCycler, type MintReason } from '../../../../src/sidecar/worker/credentials/token-cycler.ts'

const START = 1_790_000_000_000

/** An issuer and a clock in the test's hand. Tokens are called t1, t2, …; `lifetime` in seconds. */
function createWorld(options: { lifetime?: number | null; jitter?: number } = {}) {
  const world = {
    now: START,
    lifetime: options.lifetime === undefined ? 300 : options.lifetime,
    minted: 0,
    reasons: [] as MintReason[],
    isFailing: false,
    /** Name of the next token, when it is not to be a new one. */
    sameAgain: undefined as string | undefined,
    renewed: 0,
    failed: [] as unknown[],
    gate: Promise.resolve(),
    /** What was waited for, and the end of waiting. */
    waits: [] as { readonly milliseconds: number; readonly end: () => void }[],
    pass: (seconds: number) => {
      world.now += seconds * 1000
    },
  }
  const cycler = createTokenCycler({
    now: () => world.now,
    monotonic: () => world.now - START,
    random: () => options.jitter ?? 0,
    wait: (milliseconds) => new Promise((end) => world.waits.push({ milliseconds, end })),
    mint: async (reason) => {
      world.reasons.push(reason)
      await world.gate
      if (world.isFailing) throw new Error('the issuer is down')
      world.minted += 1
      const expiresAt = world.lifetime === null ? null : world.now + world.lifetime * 1000
      return { secret: new Secret(world.sameAgain ?? `t${world.minted}`), expiresAt }
    },
    onRenewed: () => {
      world.renewed += 1
    },
    onFailed: (error) => void world.failed.push(error),
  })
  const current = async (): Promise<string> => (await cycler.current()).reveal()
  return { world, cycler, current }
}

const settle = (): Promise<unknown> => new Promise(setImmediate)

describe('createTokenCycler(): current()', () => {
  test('mints once for all who come first, then answers without a promise', async () => {
    const { world, cycler, current } = createWorld()
    const first = await Promise.all(Array.from({ length: 100 }, current))
    expect([new Set(first), world.minted, world.reasons]).toEqual([new Set(['t1']), 1, ['initial']])
    expect(cycler.current()).toBeInstanceOf(Secret)
    expect(world.renewed).toBe(0)
  })

  test('a hundred at once behind the hard point cost one mint and get the new token', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(271)
    const answers = await Promise.all(Array.from({ length: 100 }, current))
    expect([new Set(answers), world.minted, world.renewed]).toEqual([new Set(['t2']), 2, 1])
  })

  test('in the soft window the old one is served at once and renewed behind', async () => {
    const { world, cycler, current } = createWorld()
    await current()
    world.pass(230)
    const gate = Promise.withResolvers<void>()
    world.gate = gate.promise
    for (let count = 0; count < 10; count += 1) expect((cycler.current() as Secret).reveal()).toBe('t1')
    expect(world.reasons).toEqual(['initial', 'scheduled'])
    gate.resolve()
    await settle()
    expect((cycler.current() as Secret).reveal()).toBe('t2')
  })

  test('an issuer that fails in the soft window fails nobody and is asked again only after a pause', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(230)
    world.isFailing = true
    for (let count = 0; count < 50; count += 1) {
      expect(await current()).toBe('t1')
      await settle()
    }
    expect(world.reasons).toHaveLength(2)
    world.pass(1)
    await current()
    await settle()
    expect(world.reasons).toHaveLength(3)
  })

  test('an issuer that fails between the hard point and the end fails nobody', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(280)
    world.isFailing = true
    expect(await Promise.all(Array.from({ length: 20 }, current))).toEqual(Array(20).fill('t1'))
    expect(world.failed).toHaveLength(1)
  })

  test('past the end it rejects with when to come back, and recovers with the issuer', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(301)
    world.isFailing = true
    const error = await current().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(CredentialUnavailableError)
    expect((error as CredentialUnavailableError).retryAfterMs).toBeGreaterThan(0)
    expect(String(error)).not.toContain('issuer is down')
    await expect(current()).rejects.toBeInstanceOf(CredentialUnavailableError)
    expect(world.failed).toHaveLength(1)
    world.isFailing = false
    world.pass(1)
    expect(await current()).toBe('t2')
  })

  test('an issuer that takes until the token has ended does not get it served', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(280)
    world.isFailing = true
    const gate = Promise.withResolvers<void>()
    world.gate = gate.promise
    const waiting = current()
    world.pass(30)
    gate.resolve()
    await expect(waiting).rejects.toBeInstanceOf(CredentialUnavailableError)
  })

  test('an issuer that does not answer in the hard window keeps callers for half of what is left, once, then nobody', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(280)
    world.gate = new Promise(() => undefined)
    const waiting = [current(), current()]
    await settle()
    expect(world.waits.map(({ milliseconds }) => milliseconds)).toEqual([10_000])
    world.waits[0]?.end()
    expect(await Promise.all(waiting)).toEqual(['t1', 't1'])
    expect(await current()).toBe('t1')
    expect([world.waits.length, world.reasons]).toEqual([1, ['initial', 'scheduled']])
  })

  test('an issuer that fails is not waited for in the pause after it', async () => {
    const { world, current } = createWorld()
    await current()
    world.pass(280)
    world.isFailing = true
    for (let count = 0; count < 5; count += 1) expect(await current()).toBe('t1')
    expect([world.reasons.length, world.waits.length]).toEqual([2, 1])
  })

  test('a first mint that fails rejects all who wait, once asked, and is tried again later', async () => {
    const { world, current } = createWorld()
    world.isFailing = true
    const results = await Promise.allSettled(Array.from({ length: 20 }, current))
    expect(results.every(({ status }) => status === 'rejected')).toBe(true)
    expect(world.reasons).toEqual(['initial'])
    world.isFailing = false
    world.pass(2)
    expect(await current()).toBe('t1')
  })

  test('a source that fails while the old token serves is asked less and less often', async () => {
    const { world, current } = createWorld({ lifetime: 3600 })
    await current()
    world.pass(3300)
    world.isFailing = true
    const asked: number[] = []
    for (let second = 0; second < 260; second += 1) {
      const before = world.reasons.length
      expect(await current()).toBe('t1')
      await settle()
      if (world.reasons.length > before) asked.push(second)
      world.pass(1)
    }
    // With no jitter a fifth of 1, 2, 5, 15, 30 and then 60 s, seen by a request each second.
    expect(asked).toEqual([0, 1, 2, 3, 6, 12, ...Array.from({ length: 20 }, (_, index) => 24 + index * 12)])
  })

  test.each([3600, 900, 300, 60, 5, 0, -100, null, 31 * 24 * 3600])(
    'a lifetime of %s s is no hot loop: under a request every 100 ms at most one mint in five seconds',
    async (lifetime) => {
      const { world, current } = createWorld({ lifetime })
      for (let tick = 0; tick < 600; tick += 1) {
        await current()
        await settle()
        world.pass(0.1)
      }
      expect(world.minted).toBeLessThanOrEqual(12)
      expect(world.minted).toBeGreaterThanOrEqual(1)
    },
  )

  test('a session of three hours with tokens of 300 s never waits, never fails and renews in time', async () => {
    const { world, cycler } = createWorld({ jitter: 0.5 })
    await cycler.current()
    for (let second = 0; second < 3 * 3600; second += 1) {
      const secret = cycler.current()
      expect(secret).toBeInstanceOf(Secret)
      await settle()
      world.pass(1)
    }
    expect(world.minted).toBeGreaterThanOrEqual(36)
    expect(world.minted).toBeLessThanOrEqual(60)
    expect(world.failed).toEqual([])
  })
})

describe('createTokenCycler(): renewAfter()', () => {
  test('fifty who were refused with the same token cost one mint, and all may replay', async () => {
    const { world, cycler, current } = createWorld()
    const used = new Secret(await current())
    expect(await Promise.all(Array.from({ length: 50 }, () => cycler.renewAfter(used)))).toEqual(Array(50).fill(true))
    expect([world.minted, world.reasons.at(-1), await current()]).toEqual([2, 'unauthorized', 't2'])
  })

  test('one who was refused with an older token mints nothing', async () => {
    const { world, cycler, current } = createWorld()
    const used = new Secret(await current())
    await cycler.renewAfter(used)
    expect(await cycler.renewAfter(used)).toBe(true)
    expect(world.minted).toBe(2)
  })

  test('a token that comes back byte-identical is not worth a replay', async () => {
    const { world, cycler, current } = createWorld()
    const used = new Secret(await current())
    world.sameAgain = used.reveal()
    expect(await cycler.renewAfter(used)).toBe(false)
  })

  test('an issuer that fails is not worth a replay, and the old token stays', async () => {
    const { world, cycler, current } = createWorld()
    const used = new Secret(await current())
    world.isFailing = true
    expect(await cycler.renewAfter(used)).toBe(false)
    expect(await cycler.renewAfter(used)).toBe(false)
    expect([world.failed.length, await current()]).toEqual([1, 't1'])
  })

  test('an upstream that refuses every token gets ten new ones in ten seconds, then none until they are over', async () => {
    const { world, cycler, current } = createWorld()
    const refuse = async (): Promise<boolean> => cycler.renewAfter(new Secret(await current()))
    for (let count = 0; count < 50; count += 1) await refuse()
    expect(world.minted).toBe(11)
    expect(await refuse()).toBe(false)
    world.pass(10)
    expect([await refuse(), world.minted]).toEqual([true, 12])
  })

  test('joins a renewal that is already under way', async () => {
    const { world, cycler, current } = createWorld()
    const used = new Secret(await current())
    world.pass(230)
    const gate = Promise.withResolvers<void>()
    world.gate = gate.promise
    await current()
    const renewed = cycler.renewAfter(used)
    gate.resolve()
    expect([await renewed, world.minted]).toEqual([true, 2])
  })
})
