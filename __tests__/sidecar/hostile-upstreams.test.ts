import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { createHostileProvider, type HostileProvider } from '../fakes/hostile-provider.ts'
import type { Hostility } from '../fakes/hostilities.ts'
import { type Answer, ask } from '../support/http-client.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

/** One sidecar for all: whatever an upstream does to one request, the next one must be served as if nothing had been. */
let upstream: HostileProvider
let sidecar: Sidecar

beforeAll(async () => {
  upstream = await createHostileProvider({ hostility: 'behaves' })
  sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }] })
})

afterAll(async () => {
  await sidecar[Symbol.asyncDispose]()
  await upstream[Symbol.asyncDispose]()
})

async function askUnder(hostility: Hostility): Promise<Answer> {
  upstream.setHostility(hostility)
  const headers = { authorization: `Bearer ${RUN_TOKENS.other}` }
  const answer = await ask(`${sidecar.origin('openai')}/v1/${hostility}`, { headers })
  upstream.setHostility('behaves')
  const next = await ask(`${sidecar.origin('openai')}/v1/next`, { headers })
  expect([next.status, next.text]).toEqual([200, 'fine'])
  return answer
}

const outcomeOf = async (hostility: Hostility) =>
  (await sidecar.waitForRequest(({ path }) => path === `/v1/${hostility}`)).outcome

describe('sidecar: an upstream that breaks off', () => {
  test.each(['cut-in-body', 'cut-in-stream', 'reset-in-stream', 'half-open', 'bad-chunk-size', 'broken-gzip'] as const)(
    'in its answer (%s) breaks the client’s answer off too, never ends it cleanly',
    async (hostility) => {
      const answer = await askUnder(hostility)
      expect([answer.status, answer.complete]).toEqual([200, false])
      expect(await outcomeOf(hostility)).toBe('upstream-cut')
    },
  )

  test.each([
    ['reset-before-head', 'upstream_reset'],
    ['close-before-head', 'upstream_reset'],
    ['cut-in-head', 'upstream_reset'],
    ['huge-header', 'upstream_unreachable'],
    ['invalid-header-byte', 'upstream_unreachable'],
    ['garbage-instead-of-http', 'upstream_unreachable'],
    ['content-length-and-chunked', 'upstream_unreachable'],
    ['two-content-lengths', 'upstream_unreachable'],
    ['switching-unasked', 'upstream_unreachable'],
  ] as const)('before its answer (%s) ends in a refusal in the provider’s envelope', async (hostility, code) => {
    const answer = await askUnder(hostility)
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, code])
    expect(JSON.parse(answer.text).error.code).toBe(`proxy_${code}`)
    expect(await outcomeOf(hostility)).toBe('upstream-failed')
  })
})

describe('sidecar: an upstream that is odd', () => {
  test.each([
    ['slow-drip', 200, 'slow'],
    ['http-1.0-until-close', 200, 'until close'],
    ['early-hints-103', 200, 'hinted'],
    ['continue-100', 200, 'continued'],
    ['trailers', 200, 'body'],
    ['many-headers', 200, ''],
    ['no-content-with-body', 204, ''],
    ['content-length-too-short', 200, 'ok'],
    ['single-bytes', 200, 'event: first\ndata: {"n":1}\n\n'],
  ] as const)('is relayed as far as it can be: %s', async (hostility, status, text) => {
    const answer = await askUnder(hostility)
    expect([answer.status, answer.text, answer.complete]).toEqual([status, text, true])
    expect(await outcomeOf(hostility)).toBe('complete')
  })

  test('and echoes the key in a header does not hand it to the agent', async () => {
    const answer = await askUnder('echo-credential')
    expect(answer.status).toBe(401)
    expect(JSON.stringify(answer.rawHeaders)).not.toContain(keyOf('openai'))
  })

  test('leaves no word of a defect in the log', () => {
    expect(sidecar.readLog()).toBe('')
  })
})
