import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { WebSocket } from 'undici'
import type { RefreshRule } from '../../../src/core/credentials/refresh-rule.ts'
import { type FakeAnswer, type FakeService, json } from '../../fakes/exchange.ts'
import { IssuedSidecar } from '../../support/issued-sidecar.ts'
import type { IssuerSetup } from '../../support/issuer-hosts.ts'

const MIB = 1024 * 1024
const chat = { model: 'fake', messages: [{ role: 'user', content: 'hi' }] }
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

interface Uploaded {
  readonly status: number
  readonly text: string
}

/** Sends a body in chunks, without announcing its length. */
async function upload(issued: IssuedSidecar, path: string, body: Buffer): Promise<Uploaded> {
  const sent = httpRequest(issued.origin + path, { method: 'POST', headers: issued.headers, agent: false })
  const answered = new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
  })
  const chunks = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, at) =>
    body.subarray(at * 65_536, (at + 1) * 65_536),
  )
  const [response] = await Promise.all([answered, pipeline(Readable.from(chunks), sent)])
  return { status: response.statusCode ?? 0, text: await text(response) }
}

/** Takes any upload whose token still lives, and says what arrived. */
function takeUploads(service: FakeService, { tokens }: IssuerSetup): FakeService {
  return {
    answer: (request) => {
      if (!request.path.endsWith('/upload')) return service.answer(request)
      const token = (request.header('authorization') ?? '').replace('Bearer ', '')
      return tokens.accepts(token)
        ? json(200, { sha256: sha256(request.body) })
        : json(401, { error: { message: 'expired' } })
    },
  }
}

/** Answers with this instead of the service's own 401. */
function refuseWith(answer: FakeAnswer) {
  return (service: FakeService, { tokens }: IssuerSetup): FakeService => ({
    answer: (request) =>
      tokens.accepts((request.header('authorization') ?? '').replace('Bearer ', '')) ? service.answer(request) : answer,
  })
}

const policy = (onStatus: readonly RefreshRule[], replayBufferBytes = 32 * MIB) => ({
  config: { refresh: { onStatus, replayBufferBytes } },
})

describe('sidecar: 401 before the first byte of the answer', () => {
  test('JSON: the request is repeated once with a new credential, and the client sees 200', async () => {
    await using issued = await IssuedSidecar.start('oauth')
    const { tokens } = issued.setup
    tokens.revokeAll()
    const answer = await issued.ask()
    expect([answer.status, answer.text.includes('the answer')]).toEqual([200, true])
    expect(issued.statuses()).toEqual([401, 200])
    const [first, second] = issued.world.upstream.requests.slice(-2)
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true)
    expect(second?.credentials).toEqual([{ place: 'authorization', value: `Bearer ${tokens.newest()}` }])
    expect(first?.credentials).not.toEqual(second?.credentials)
    expect(await issued.waitForRequest(({ status }) => status === 200)).toMatchObject({ outcome: 'complete' })
  })

  test('a stream of events: the client sees all of it, from the second attempt', async () => {
    await using issued = await IssuedSidecar.start('oauth')
    issued.setup.tokens.revokeAll()
    const answer = await issued.ask({ body: JSON.stringify({ ...chat, stream: true }) })
    expect([answer.status, answer.complete]).toEqual([200, true])
    expect(answer.text).toMatch(/the answer[\s\S]*\[DONE\]/)
    expect(issued.statuses()).toEqual([401, 200])
  })

  test('a WebSocket: the upgrade is repeated, and the tunnel carries frames', async () => {
    await using issued = await IssuedSidecar.start('openai')
    issued.setup.tokens.revokeAll()
    const url = `${issued.origin.replace('http', 'ws')}/v1/responses`
    const socket = new WebSocket(url, { headers: issued.headers })
    const first = await new Promise((resolve, reject) => {
      socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'response.create', input: [] })))
      socket.addEventListener('message', ({ data }) => resolve(data))
      socket.addEventListener('error', ({ error }) => reject(error))
    })
    expect(String(first)).toContain('response.created')
    expect(issued.world.upstream.requests.slice(-2).map(({ status }) => status)).toEqual([401, 101])
    expect(issued.setup.tokens.issued).toHaveLength(2)
    socket.close()
  })

  test('a body of 5 MiB in chunks of unknown number arrives whole both times', async () => {
    await using issued = await IssuedSidecar.start('oauth', { around: takeUploads })
    const body = randomBytes(5 * MIB)
    issued.setup.tokens.revokeAll()
    const answer = await upload(issued, '/upload', body)
    expect(answer).toEqual({ status: 200, text: JSON.stringify({ sha256: sha256(body) }) })
    expect(issued.statuses()).toEqual([401, 200])
    expect(issued.world.upstream.requests.slice(-2).map((request) => request.body.equals(body))).toEqual([true, true])
  })

  test('a body larger than replay-buffer: the 401 passes through, and the next request has the new credential', async () => {
    await using issued = await IssuedSidecar.start('oauth', {
      around: takeUploads,
      ...policy([{ status: 401 }], MIB),
    })
    const body = randomBytes(5 * MIB)
    issued.setup.tokens.revokeAll()
    expect(await upload(issued, '/upload', body)).toEqual({ status: 401, text: '{"error":{"message":"expired"}}' })
    expect(issued.statuses()).toEqual([401])
    expect(await upload(issued, '/upload', body)).toMatchObject({ status: 200 })
    expect(issued.statuses()).toEqual([401, 200])
    expect(issued.setup.tokens.issued).toHaveLength(2)
  })

  test('a new credential that is the old one, byte for byte: no repetition', async () => {
    await using issued = await IssuedSidecar.start('oauth')
    const { tokens } = issued.setup
    tokens.revokeAll()
    tokens.repeat(true)
    expect((await issued.ask()).status).toBe(401)
    expect(issued.statuses()).toEqual([401])
    expect(tokens.issued).toHaveLength(2)
  })

  test('an issuer that is down: the client sees the 401 of the upstream, once', async () => {
    await using issued = await IssuedSidecar.start('oauth')
    issued.setup.tokens.revokeAll()
    issued.setup.issuer.set('error')
    const answer = await issued.ask()
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([401, undefined])
    expect(issued.statuses()).toEqual([401])
  })

  test('an upstream that refuses every credential: one repetition each at most, and no mint for each', async () => {
    const around = refuseWith(json(401, { error: { message: 'wrong audience' } }))
    await using issued = await IssuedSidecar.start('oauth', {
      around,
      config: { validate: 'off' },
      life: { claimed: 3600, lived: 0 },
    })
    const { tokens } = issued.setup
    const rounds = 20
    for (let round = 0; round < rounds; round += 1) expect((await issued.ask()).status).toBe(401)
    process.stdout.write(`an upstream that refuses everything: ${rounds} requests, ${tokens.issued.length} mints\n`)
    expect(tokens.issued.length).toBeLessThanOrEqual(11)
    expect(issued.statuses().length).toBeLessThanOrEqual(2 * rounds)
  })
})

describe('sidecar: an error within an answer', () => {
  test('a 401 told by an event of a stream passes through; nothing is renewed or repeated', async () => {
    const events = [
      { data: { choices: [] } },
      { event: 'error', data: { error: { status: 401, message: 'token expired' } } },
    ]
    const around = (service: FakeService): FakeService => ({
      answer: (request) => (request.method === 'POST' ? { kind: 'events', events } : service.answer(request)),
    })
    await using issued = await IssuedSidecar.start('oauth', { around })
    const answer = await issued.ask({ body: JSON.stringify({ ...chat, stream: true }) })
    expect([answer.status, answer.complete]).toEqual([200, true])
    expect(answer.text).toContain('token expired')
    expect([issued.statuses(), issued.setup.tokens.issued.length]).toEqual([[200], 1])
  })
})

describe('sidecar: refresh-on-status', () => {
  const forbidden = json(403, { error: { message: 'The token has expired' } })
  const packed: FakeAnswer = {
    kind: 'bytes',
    status: 400,
    chunks: [gzipSync('{"__type":"ExpiredTokenException"}')],
    headers: { 'content-encoding': 'gzip' },
  }
  const expired = json(400, { __type: 'ExpiredTokenException', message: 'The security token is expired' })
  const malformed = json(400, { message: 'Malformed request' })

  test.each([
    ['403 where it is configured', forbidden, [{ status: 403 }], 200],
    ['403 where it is not', forbidden, [{ status: 401 }], 403],
    ['400 with the configured text', expired, [{ status: 400, text: 'ExpiredToken' }], 200],
    ['400 with the configured text, compressed', packed, [{ status: 400, text: 'ExpiredToken' }], 200],
    ['400 with another text', malformed, [{ status: 400, text: 'ExpiredToken' }], 400],
    ['400 where only 401 is configured', expired, [{ status: 401 }], 400],
  ] as const)('%s', async (_name, refusal, rules, status) => {
    await using issued = await IssuedSidecar.start('oauth', { around: refuseWith(refusal), ...policy(rules) })
    const { tokens } = issued.setup
    tokens.revokeAll()
    const answer = await issued.ask()
    expect(answer.status).toBe(status)
    const isRenewed = status === 200
    expect(tokens.issued).toHaveLength(isRenewed ? 2 : 1)
    expect(issued.statuses()).toHaveLength(isRenewed ? 2 : 1)
    if (!isRenewed && refusal.kind === 'json') expect(JSON.parse(answer.text)).toEqual(refusal.body)
  })

  test('the header of AWS names the error, too', async () => {
    const refusal = json(403, { message: 'no' }, { 'x-amzn-errortype': 'ExpiredTokenException:http://x/' })
    const rules = [{ status: 403, text: 'ExpiredToken' }]
    await using issued = await IssuedSidecar.start('oauth', { around: refuseWith(refusal), ...policy(rules) })
    issued.setup.tokens.revokeAll()
    expect((await issued.ask()).status).toBe(200)
    expect(issued.setup.tokens.issued).toHaveLength(2)
  })
})
