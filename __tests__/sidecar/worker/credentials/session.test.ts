import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../../../src/core/secret.ts'
import type { Credential } from '../../../../src/sidecar/worker/credentials/credential.ts'
import { createTokenCycler } from '../../../../src/sidecar/worker/credentials/token-cycler.ts'
import { createTokenLedger } from '../../../fakes/issuers/token-ledger.ts'

/**
 * Sessions of hours in simulated time: the cycler with a clock, an issuer and a model upstream in the test's hand. The upstream
 * takes a token only while it lives; what it refuses is handled as the worker does, with one renewal and one repetition.
 */
const START = 1_790_000_000_000
const HOURS = 3
const TOKEN_LIFE_S = 300

interface Trouble {
  readonly atS: number
  readonly happen: (session: Session) => void
}

interface Session {
  wallMs: number
  monotonicMs: number
  isIssuerDown: boolean
  readonly tokens: ReturnType<typeof createTokenLedger>
  readonly credential: Credential
  readonly mintedAtS: number[]
  readonly failures: string[]
  requests: number
  replays: number
}

/** Pseudo-random numbers that are the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function createSession(seed: number): Session {
  const random = createRandom(seed)
  const session: Session = {
    wallMs: START,
    monotonicMs: 0,
    isIssuerDown: false,
    // The issuer has a clock of its own, which is always right.
    tokens: createTokenLedger({ claimed: TOKEN_LIFE_S }, () => session.monotonicMs),
    credential: createTokenCycler({
      now: () => session.wallMs,
      monotonic: () => session.monotonicMs,
      random,
      wait: () => new Promise(() => undefined),
      mint: async () => {
        if (session.isIssuerDown) throw new Error('the issuer is down')
        session.mintedAtS.push(session.monotonicMs / 1000)
        const { token } = session.tokens.issue((text) => `t-${text}`)
        return { secret: new Secret(token), expiresAt: session.wallMs + TOKEN_LIFE_S * 1000 }
      },
      onRenewed: () => undefined,
      onFailed: () => undefined,
    }),
    mintedAtS: [],
    failures: [],
    requests: 0,
    replays: 0,
  }
  return session
}

/** One request, or the upgrade of a WebSocket: what matters is the token at its beginning, however long the answer lasts. */
async function send(session: Session, what: string): Promise<void> {
  session.requests += 1
  const atS = Math.round(session.monotonicMs / 1000)
  try {
    const used = await session.credential.current()
    if (session.tokens.accepts(used.reveal())) return
    session.replays += 1
    const isRenewed = await session.credential.renewAfter(used)
    const next = isRenewed ? await session.credential.current() : used
    if (!session.tokens.accepts(next.reveal())) session.failures.push(`${what} at ${atS} s: 401`)
  } catch {
    session.failures.push(`${what} at ${atS} s: 503`)
  }
}

/** Seconds at which a client sends: all within three hours. */
type Traffic = (random: () => number) => readonly { readonly atS: number; readonly what: string }[]

const SECONDS = HOURS * 3600

/** codex: a WebSocket per turn, opened anew after each tool call that took long, with a listing now and then. */
const codex: Traffic = (random) => {
  const sent: { atS: number; what: string }[] = []
  for (let at = 0; at < SECONDS; at += 4 + random() * 240) {
    sent.push({ atS: at, what: 'codex upgrade' })
    if (random() < 0.2) sent.push({ atS: at, what: 'codex GET /models' })
  }
  return sent
}

/** copilot: a streamed request per turn, several at once when subagents run, and minutes of silence while a build runs. */
const copilot: Traffic = (random) => {
  const sent: { atS: number; what: string }[] = []
  for (let at = 1; at < SECONDS; at += random() < 0.05 ? 600 : 2 + random() * 60) {
    const parallel = random() < 0.1 ? 8 : 1
    for (let count = 0; count < parallel; count += 1) sent.push({ atS: at, what: 'copilot SSE' })
  }
  return sent
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function play(traffic: readonly Traffic[], troubles: readonly Trouble[], seed = 7): Promise<Session> {
  const session = createSession(seed)
  const random = createRandom(seed * 31)
  const sent = traffic.flatMap((each) => each(random)).sort((left, right) => left.atS - right.atS)
  const waiting = [...troubles]
  for (let index = 0; index < sent.length; ) {
    const { atS = 0 } = sent[index] ?? {}
    for (let next = waiting[0]; next !== undefined && next.atS <= atS; next = waiting[0]) {
      advance(session, next.atS)
      next.happen(session)
      waiting.shift()
    }
    advance(session, atS)
    const together = sent.filter((each) => each.atS === atS)
    await Promise.all(together.map(({ what }) => send(session, what)))
    await settle()
    index += together.length
  }
  return session
}

function advance(session: Session, toS: number): void {
  const step = Math.max(0, toS * 1000 - session.monotonicMs)
  session.monotonicMs += step
  session.wallMs += step
}

function switchIssuer(atS: number, isDown: boolean): Trouble {
  return {
    atS,
    happen: (session) => {
      session.isIssuerDown = isDown
    },
  }
}

const outage = (fromS: number, lengthS: number): readonly Trouble[] => [
  switchIssuer(fromS, true),
  switchIssuer(fromS + lengthS, false),
]

describe(`a session of ${HOURS} hours with tokens of ${TOKEN_LIFE_S} s`, () => {
  test.each([
    ['codex', [codex]],
    ['copilot', [copilot]],
    ['codex and copilot', [codex, copilot]],
  ] as const)(
    '%s: no request fails, none needs a repetition, and tokens are asked for no more often than they end',
    async (_name, traffic) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const session = await play(traffic, [], seed)
        expect(session.failures).toEqual([])
        expect(session.replays).toBe(0)
        expect(session.requests).toBeGreaterThan(60)
        // The soft point lies at three quarters of a life, pulled earlier by up to a tenth.
        expect(session.mintedAtS.length).toBeLessThanOrEqual(Math.ceil(SECONDS / (TOKEN_LIFE_S * 0.75 * 0.9)) + 1)
      }
    },
  )

  test('an issuer that is down for less than the soft window costs no request', async () => {
    const troubles = [1000, 3000, 5000, 7000, 9000].flatMap((fromS) => outage(fromS, 40))
    const session = await play([steady(1)], troubles)
    expect(session.failures).toEqual([])
    expect(session.requests).toBe(SECONDS)
  })

  test('an issuer that is down for ten minutes fails only requests after the end of the token, and none after its return', async () => {
    const session = await play([steady(1)], outage(2000, 600))
    const failedAt = session.failures.map((text) => Number(/at (\d+) s/.exec(text)?.[1]))
    const lastMint = session.mintedAtS.filter((at) => at < 2000).at(-1) ?? 0
    expect(Math.min(...failedAt)).toBeGreaterThanOrEqual(Math.floor(lastMint) + TOKEN_LIFE_S)
    expect(Math.max(...failedAt)).toBeLessThanOrEqual(2601)
    expect(session.failures.every((text) => text.endsWith('503'))).toBe(true)
  })

  test('tokens that are revoked before their time cost a repetition each, and no failure', async () => {
    const troubles = [500, 501, 4000, 9999].map((atS): Trouble => ({ atS, happen: ({ tokens }) => tokens.revokeAll() }))
    const session = await play([steady(1)], troubles)
    expect([session.failures, session.replays]).toEqual([[], 4])
  })

  test('a machine that was paused for half an hour fails no request when it wakes', async () => {
    // While it sleeps the wall clock of the world goes on, also at the issuer; the monotonic clock of Linux does not.
    const session = createSession(3)
    await send(session, 'before')
    session.wallMs += 1_800_000
    session.tokens.revokeAll()
    await Promise.all(Array.from({ length: 20 }, () => send(session, 'after')))
    expect([session.failures, session.replays, session.mintedAtS.length]).toEqual([[], 0, 2])
  })

  test('a wall clock that is set back an hour, or forth, keeps nobody from renewing in time', async () => {
    const jump = (atS: number, byS: number): Trouble => ({
      atS,
      happen: (session) => {
        session.wallMs += byS * 1000
      },
    })
    const session = await play([steady(1)], [jump(1000, -3600), jump(4000, 3600), jump(6000, -86_400)])
    expect([session.failures, session.replays]).toEqual([[], 0])
    expect(session.mintedAtS.length).toBeLessThanOrEqual(60)
  })
})

function steady(everyS: number): Traffic {
  return () => Array.from({ length: SECONDS / everyS }, (_, index) => ({ atS: index * everyS, what: 'request' }))
}
