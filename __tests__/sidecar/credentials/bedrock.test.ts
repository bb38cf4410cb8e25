import { describe, expect, test } from '@jest/globals'
import { renderStreamMessage } from '../../fakes/issuers/bedrock.ts'
import { IssuedSidecar } from '../../support/issued-sidecar.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The upstream recomputes the signature of every request from the bytes that arrived; 200 means that it was right. */
const MIB = 1024 * 1024
const ARN = 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.anthropic.claude-fake-v1:0'
const converse = (model: string, operation = 'converse'): string => `/model/${model}/${operation}`

describe('sidecar: requests to Bedrock are signed', () => {
  test.each([
    ['a model with a colon', converse('anthropic.claude-fake-v1:0')],
    ['a model with an encoded colon, as the SDKs send it', converse('anthropic.claude-fake-v1%3A0')],
    ['an inference profile, whose ARN has an encoded slash', converse(encodeURIComponent(ARN))],
    ['a query', `${converse('m')}?b=2&a=1&a=0&empty=&space=%20x%2By`],
    ['characters that are encoded once more to be signed', converse("m~-_.!'()*")],
    ['letters beyond ASCII', converse('m%C3%BC')],
  ])('%s', async (_name, path) => {
    await using issued = await IssuedSidecar.start('aws')
    const answer = await issued.ask({ path })
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('the answer')])
  })

  test.each([
    ['an empty body', ''],
    ['bytes that are no text', Buffer.from([0, 255, 128, 13, 10])],
    ['5 MiB', Buffer.alloc(5 * MIB, 'x')],
  ])('over %s', async (_name, body) => {
    await using issued = await IssuedSidecar.start('aws')
    expect((await issued.ask({ body })).status).toBe(200)
    expect(issued.world.upstream.requests.at(-1)?.body.equals(Buffer.from(body))).toBe(true)
  })

  test('with what the client signed itself, or claims to have, replaced', async () => {
    await using issued = await IssuedSidecar.start('aws')
    const headers = {
      'x-amz-date': '20200101T000000Z',
      'x-amz-security-token': 'of-the-client',
      'x-amz-content-sha256': '0'.repeat(64),
      'x-amzn-bedrock-trace': 'ENABLED',
      'x-amz-meta-spaces': '  two   words ',
    }
    expect((await issued.ask({ headers })).status).toBe(200)
    const request = issued.world.upstream.requests.at(-1)
    expect(request?.header('x-amzn-bedrock-trace')).toBe('ENABLED')
    const names = (request?.rawHeaders ?? []).filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())
    for (const name of ['authorization', 'x-amz-date', 'x-amz-security-token']) {
      expect(names.filter((each) => each === name)).toHaveLength(1)
    }
  })

  test('and neither the secret key nor anything of the run stands in any byte that left', async () => {
    await using issued = await IssuedSidecar.start('aws')
    await issued.ask()
    const bytes = issued.world.upstream.connections.map((connection) => connection.bytes().toString('latin1')).join()
    const [keys] = issued.setup.sts?.keys ?? []
    expect(bytes).toContain(keys?.sessionToken)
    expect(bytes).not.toContain(keys?.secretAccessKey)
    expect(bytes).not.toMatch(/Bearer|agentproxy-/)
  })

  test('a body larger than replay-buffer is refused before anything is sent', async () => {
    const refresh = { onStatus: [{ status: 401 }], replayBufferBytes: MIB }
    await using issued = await IssuedSidecar.start('aws', { config: { refresh } })
    const answer = await issued.ask({ body: Buffer.alloc(2 * MIB, 'x') })
    expect(answer.headers['x-agent-proxy-refusal']).toBe('body_too_large_to_sign')
    expect(issued.statuses()).toEqual([])
  })
})

describe('sidecar: answers of Bedrock', () => {
  test('an event stream arrives byte for byte, with its framing', async () => {
    await using issued = await IssuedSidecar.start('aws')
    const answer = await issued.ask({ path: converse('m', 'converse-stream') })
    expect([answer.status, answer.complete]).toEqual([200, true])
    expect(answer.headers['content-type']).toBe('application/vnd.amazon.eventstream')
    const letters = [...'the answer'].map((text) => renderStreamMessage('contentBlockDelta', { delta: { text } }))
    const whole = Buffer.concat([...letters, renderStreamMessage('messageStop', { stopReason: 'end_turn' })])
    expect(answer.body.equals(whole)).toBe(true)
  })

  test.each(['converse', 'converse-stream'])(
    '403 ExpiredToken to %s: new keys, a new signature, 200',
    async (operation) => {
      await using issued = await IssuedSidecar.start('aws')
      const { tokens, sts } = issued.setup
      tokens.revokeAll()
      expect((await issued.ask({ path: converse('m', operation) })).status).toBe(200)
      expect(issued.statuses()).toEqual([403, 200])
      expect(sts?.keys).toHaveLength(2)
      const ids = issued.world.upstream.requests
        .slice(-2)
        .map((request) => /Credential=(\w+)/.exec(request.header('authorization') ?? '')?.[1])
      expect(ids).toEqual(sts?.keys.map(({ accessKeyId }) => accessKeyId))
    },
  )

  test('a 403 of another kind passes through, and nothing is renewed', async () => {
    await using issued = await IssuedSidecar.start('aws')
    issued.world.upstream.answerOnce('127.0.0.1', converse('m'), {
      kind: 'json',
      status: 403,
      body: { message: 'User is not authorized to perform: bedrock:InvokeModel' },
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
    })
    expect((await issued.ask({ path: converse('m') })).status).toBe(403)
    expect(issued.setup.tokens.issued).toHaveLength(1)
  })

  test('keys are over for the sidecar when they are over for AWS', async () => {
    await using issued = await IssuedSidecar.start('aws', { life: { claimed: 6 } })
    const { tokens } = issued.setup
    const first = tokens.newest()
    await waitUntil('the session is over', () => !tokens.accepts(first))
    const answers = await Promise.all(Array.from({ length: 50 }, () => issued.ask()))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect([tokens.issued.length, issued.statuses().includes(403)]).toEqual([2, false])
  })
})
