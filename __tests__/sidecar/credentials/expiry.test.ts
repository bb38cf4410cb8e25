import { describe, expect, test } from '@jest/globals'
import { IssuedSidecar } from '../../support/issued-sidecar.ts'
import { waitUntil } from '../../support/wait-until.ts'

const CROWD = 100

/** Waits until the token of the start is over, as the upstream sees it. */
async function outlive({ setup }: IssuedSidecar): Promise<void> {
  const { tokens } = setup
  const first = tokens.newest()
  await waitUntil('the token is over', () => !tokens.accepts(first))
}

describe('sidecar: a credential at its end', () => {
  test(`${CROWD} requests at once: one mint, ${CROWD} answers, none with the old credential`, async () => {
    await using issued = await IssuedSidecar.start('oauth', { life: { claimed: 6 } })
    const { tokens, issuer } = issued.setup
    const old = tokens.newest()
    await outlive(issued)
    const before = issued.world.upstream.requests.length
    const answers = await Promise.all(Array.from({ length: CROWD }, () => issued.ask()))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(CROWD)
    expect([tokens.issued.length, issuer.count()]).toEqual([2, 2])
    const sent = issued.world.upstream.requests.slice(before)
    expect(sent).toHaveLength(CROWD)
    expect(JSON.stringify(sent.map(({ credentials }) => credentials))).not.toContain(old)
  })

  test(`${CROWD} requests with a credential that was revoked: one mint, ${CROWD} answers`, async () => {
    await using issued = await IssuedSidecar.start('oauth')
    const { tokens } = issued.setup
    tokens.revokeAll()
    const answers = await Promise.all(Array.from({ length: CROWD }, () => issued.ask()))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(CROWD)
    expect(tokens.issued).toHaveLength(2)
  })
})

describe('sidecar: an issuer that is down', () => {
  test.concurrent.each(['stopped', 'error', 'silent'] as const)(
    '%s, while the credential lives: no request fails',
    async (condition) => {
      await using issued = await IssuedSidecar.start('oauth', { isDirect: true, life: { claimed: 8 } })
      const { tokens, issuer } = issued.setup
      const token = tokens.newest()
      if (condition === 'stopped') await issued.world.issuers.stop()
      else issuer.set(condition)
      const statuses = new Set<number>()
      const sentAt = performance.now()
      let slowestMs = 0
      await waitUntil('the token is nearly over', async () => {
        const start = performance.now()
        statuses.add((await issued.ask()).status)
        slowestMs = Math.max(slowestMs, performance.now() - start)
        return performance.now() - sentAt > 7400
      })
      expect([...statuses]).toEqual([200])
      expect(tokens.accepts(token)).toBe(true)
      expect(slowestMs).toBeLessThan(5000)
    },
  )

  test.concurrent.each(['stopped', 'error'] as const)(
    '%s past the end: a labelled 503 with Retry-After, and 200 soon after it is back',
    async (condition) => {
      await using issued = await IssuedSidecar.start('oauth', { isDirect: true, life: { claimed: 5, lived: 4 } })
      const { issuer } = issued.setup
      if (condition === 'stopped') await issued.world.issuers.stop()
      else issuer.set(condition)
      await outlive(issued)
      const refused = await waitUntil('the credential is over for the sidecar, too', async () => {
        const answer = await issued.ask()
        return answer.status === 503 && answer
      })
      expect(refused.headers['x-agent-proxy-refusal']).toBe('credential_unavailable')
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
      expect(JSON.parse(refused.text)).toMatchObject({
        error: { type: 'proxy_error', code: 'proxy_credential_unavailable' },
      })
      if (condition === 'stopped') await issued.world.issuers.restart()
      else issuer.set('up')
      const back = performance.now()
      await waitUntil('a request succeeds again', async () => (await issued.ask()).status === 200)
      const milliseconds = performance.now() - back
      process.stdout.write(
        `issuer ${condition}: the first answer came ${Math.round(milliseconds)} ms after its return\n`,
      )
      expect(milliseconds).toBeLessThan(3000)
    },
  )

  test.concurrent('for long past the end: the pauses between attempts stay short enough for its return', async () => {
    await using issued = await IssuedSidecar.start('oauth', { isDirect: true, life: { claimed: 5, lived: 4 } })
    const { issuer } = issued.setup
    await outlive(issued)
    issuer.set('error')
    const before = issuer.count()
    const start = performance.now()
    await waitUntil('twelve seconds have passed', async () => {
      await issued.ask()
      return performance.now() - start > 12_000
    })
    const attempts = issuer.count() - before
    process.stdout.write(`issuer down for 12 s under steady requests: asked ${attempts} times\n`)
    expect(attempts).toBeGreaterThan(3)
    expect(attempts).toBeLessThan(80)
    issuer.set('up')
    const back = performance.now()
    await waitUntil('a request succeeds again', async () => (await issued.ask()).status === 200)
    const milliseconds = performance.now() - back
    process.stdout.write(
      `issuer back after 12 s: the first answer came ${Math.round(milliseconds)} ms after its return\n`,
    )
    expect(milliseconds).toBeLessThan(3000)
  })
})

describe('sidecar: no credential to be had', () => {
  test.concurrent.each([
    ['anthropic', { type: 'error', error: { type: 'proxy_credential_unavailable' } }],
    ['gcp-account', { error: { code: 503, status: 'PROXY_CREDENTIAL_UNAVAILABLE' } }],
    ['aws', { message: expect.stringContaining('credential could not be obtained') }],
    ['github-app', { error: { type: 'proxy_error', code: 'proxy_credential_unavailable' } }],
  ] as const)(
    '%s: the agent reads it in the envelope of its provider, and no secret with it',
    async (kind, envelope) => {
      await using issued = await IssuedSidecar.start(kind, { life: { claimed: 5, lived: 4 } })
      const { issuer, secretsSeen } = issued.setup
      const quoted = secretsSeen().map(({ value }) => value)
      issuer.set({ kind: 'text', status: 500, body: `broken: ${quoted.join(' ')}` })
      const refused = await waitUntil('the credential is over', async () => {
        const answer = await issued.ask()
        return answer.status === 503 && answer
      })
      expect(JSON.parse(refused.text)).toMatchObject(envelope)
      expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1)
      for (const value of quoted) expect(refused.text + issued.sidecar.readLog()).not.toContain(value)
    },
  )
})

describe('sidecar: a worker that dies', () => {
  test.each(['oauth-refresh', 'anthropic', 'aws'] as const)(
    '%s: the next one obtains a credential of its own, with the newest refresh token and a fresh assertion',
    async (kind) => {
      await using issued = await IssuedSidecar.start(kind)
      const { tokens, oidc } = issued.setup
      tokens.revokeAll()
      expect((await issued.ask()).status).toBe(200)
      const worker = await issued.sidecar.waitForWorker()
      process.kill(worker, 'SIGKILL')
      await issued.sidecar.waitForWorker(worker)
      await waitUntil('the next worker answers', async () => {
        const answer = await issued.ask().catch(() => undefined)
        return answer?.status === 200
      })
      expect(tokens.issued).toHaveLength(3)
      expect(oidc.reused()).toEqual([])
    },
  )
})
