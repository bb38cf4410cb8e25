import { describe, expect, test } from '@jest/globals'
import type { FakeAnswer, FakeService } from '../../fakes/exchange.ts'
import { failIssuedStart, IssuedSidecar } from '../../support/issued-sidecar.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** Real processes for a few seconds; the arithmetic over hours is proven with a clock in the test's hand (token-cycler, session). */
const TRAFFIC_MS = 6000

/** Sends one request after the other for a while. @returns statuses and mints. */
async function sendSteadily(issued: IssuedSidecar, milliseconds: number) {
  const statuses = new Map<number, number>()
  const end = performance.now() + milliseconds
  while (performance.now() < end) {
    const { status } = await issued.ask()
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  return { statuses: Object.fromEntries(statuses), mints: issued.setup.tokens.issued.length }
}

describe('sidecar: lifetimes under steady traffic', () => {
  test.concurrent.each([
    ['300 s', { claimed: 300 }, 1],
    ['60 s', { claimed: 60 }, 1],
    ['5 s', { claimed: 5 }, 3],
    // An upstream that refuses what has ended forces a renewal each time: one a second, never more.
    ['1 s', { claimed: 1 }, TRAFFIC_MS / 1000 + 3],
    ['not told', { claimed: null }, 1],
    ['more than a month', { claimed: 40 * 86_400 }, 1],
  ] as const)('%s: no request fails, and mints are few', async (name, life, most) => {
    await using issued = await IssuedSidecar.start('oauth', { life })
    const { statuses, mints } = await sendSteadily(issued, TRAFFIC_MS)
    process.stdout.write(`lifetime ${name}: ${JSON.stringify(statuses)}, ${mints} mints in ${TRAFFIC_MS / 1000} s\n`)
    expect(Object.keys(statuses)).toEqual(['200'])
    expect(mints).toBeLessThanOrEqual(most)
    expect(issued.setup.issuer.count()).toBe(mints)
  })

  test.each([
    ['0 s', { claimed: 0 }],
    ['ended a minute ago', { claimed: -60 }],
  ])(
    '%s: is no credential; the start fails with the reason, and asks no more than a few times',
    async (_name, life) => {
      let count = () => 0
      const failed = await failIssuedStart('oauth', {
        life,
        prepare: ({ issuer }) => {
          count = issuer.count
        },
      })
      expect(failed.checks[0]).toMatchObject({ verdict: 'rejected', cause: 'token-expired' })
      expect(count()).toBeLessThanOrEqual(2)
    },
  )
})

/** Answers with a Date header of a server whose clock is wrong. */
function skew(service: FakeService, seconds: number): FakeService {
  return {
    answer: (request): FakeAnswer => {
      const answer = service.answer(request)
      const date = new Date(Date.now() + seconds * 1000).toUTCString()
      return answer.kind === 'json' ? { ...answer, headers: { ...answer.headers, date } } : answer
    },
  }
}

describe('sidecar: an issuer whose clock is wrong', () => {
  test.each([-3600, 3600])('%i s: the end it tells is read by its own clock', async (seconds) => {
    await using issued = await IssuedSidecar.start('github-app', {
      life: { claimed: 600 },
      issuer: (service) => shiftExpiry(skew(service, seconds), seconds),
    })
    const { statuses, mints } = await sendSteadily(issued, 1500)
    expect(Object.keys(statuses)).toEqual(['200'])
    expect(mints).toBe(1)
  })
})

/** What GitHub says in `expires_at`, told by the same wrong clock. */
function shiftExpiry(service: FakeService, seconds: number): FakeService {
  return {
    answer: (request): FakeAnswer => {
      const answer = service.answer(request)
      if (answer.kind !== 'json') return answer
      const { expires_at: end, ...rest } = answer.body as Readonly<Record<string, unknown>>
      const shifted = new Date(Date.parse(String(end)) + seconds * 1000).toISOString()
      return { ...answer, body: { ...rest, expires_at: shifted } }
    },
  }
}

describe('sidecar: twenty seconds with tokens of three', () => {
  test('plain, streamed and over a hundred requests at once now and then: none fails', async () => {
    await using issued = await IssuedSidecar.start('openai', { life: { claimed: 3 } })
    const stream = JSON.stringify({ model: 'fake', stream: true, messages: [{ role: 'user', content: 'hi' }] })
    const statuses = new Set<number>()
    const end = performance.now() + 18_000
    let sent = 0
    await waitUntil('the time is over', async () => {
      const crowd = sent % 40 === 0 ? 30 : 1
      const bodies = Array.from({ length: crowd }, (_, index) => (index % 2 === 0 ? { body: stream } : {}))
      const answers = await Promise.all(bodies.map((body) => issued.ask(body)))
      for (const { status, complete } of answers) statuses.add(complete ? status : 0)
      sent += 1
      return performance.now() > end
    })
    const { tokens, oidc } = issued.setup
    process.stdout.write(
      `tokens of 3 s for 18 s: ${issued.statuses().length} requests, ${tokens.issued.length} mints\n`,
    )
    expect([...statuses]).toEqual([200])
    expect(tokens.issued.length).toBeLessThanOrEqual(9)
    expect(oidc.reused()).toEqual([])
  })
})
