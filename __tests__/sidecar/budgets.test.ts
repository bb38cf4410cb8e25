import { describe, expect, test } from '@jest/globals'
import { ask } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }

/** Every answer costs ten tokens. */
function createUpstream() {
  return createScriptedUpstream({
    request: (request, response) => {
      request.resume()
      const body = JSON.stringify({ model: 'gpt-x', usage: { prompt_tokens: 6, completion_tokens: 4 } })
      response.setHeader('content-type', 'application/json').end(body)
    },
  })
}

async function start(
  origin: string,
  limits: { maxRequests: number | null; maxTokens: number | null },
): Promise<Sidecar> {
  const providers = [
    { id: 'openai' as const, upstream: upstreamOf(`${origin}/v1`) },
    { id: 'anthropic' as const, upstream: upstreamOf(origin) },
    { id: 'copilot' as const, upstream: upstreamOf(origin) },
  ]
  return startSidecar({ providers, config: { limits } })
}

const post = (sidecar: Sidecar, path = '/v1/chat/completions') =>
  ask(sidecar.origin('openai') + path, { method: 'POST', headers: token })

describe('sidecar: max-requests', () => {
  test('is exact under twenty requests at once', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await start(upstream.origin, { maxRequests: 7, maxTokens: null })
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(sidecar)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(7)
    expect(upstream.heads).toHaveLength(7)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(new Set(refused.map(({ headers }) => headers['x-agent-proxy-refusal']))).toEqual(
      new Set(['request_limit_reached']),
    )
  })

  test('counts what costs, over all providers: no listings, no refused clients', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await start(upstream.origin, { maxRequests: 2, maxTokens: null })
    for (let round = 0; round < 3; round += 1) {
      await ask(`${sidecar.origin('openai')}/v1/models`, { headers: token })
      await ask(`${sidecar.origin('openai')}/v1/responses`, { method: 'POST', headers: { authorization: 'Bearer no' } })
    }
    expect((await post(sidecar)).status).toBe(200)
    expect((await ask(`${sidecar.origin('anthropic')}/v1/messages`, { method: 'POST', headers: token })).status).toBe(
      200,
    )
    const statuses = await Promise.all([
      post(sidecar),
      ask(`${sidecar.origin('anthropic')}/v1/messages`, { method: 'POST', headers: token }),
      ask(`${sidecar.origin('copilot')}/chat/completions`, { method: 'POST', headers: token }),
    ])
    // Each in the status on which its clients stop instead of repeating.
    expect(statuses.map(({ status }) => status)).toEqual([400, 403, 402])
  })
})

describe('sidecar: max-tokens', () => {
  test('is used up by what passes, and then ends in a typed refusal', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await start(upstream.origin, { maxRequests: null, maxTokens: 30 })
    const statuses: number[] = []
    for (let round = 0; round < 4; round += 1) statuses.push((await post(sidecar)).status)
    expect(statuses).toEqual([200, 200, 200, 400])
    expect((await post(sidecar)).headers['x-agent-proxy-refusal']).toBe('token_limit_reached')
  })

  test('is not overshot by requests at once by more than was known of them', async () => {
    await using upstream = await createUpstream()
    await using sidecar = await start(upstream.origin, { maxRequests: null, maxTokens: 100 })
    await post(sidecar)
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(sidecar)))
    const served = answers.filter(({ status }) => status === 200).length
    expect(served).toBeGreaterThanOrEqual(1)
    expect(served).toBeLessThanOrEqual(9)
  })
})
