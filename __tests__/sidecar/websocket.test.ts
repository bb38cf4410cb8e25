import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { brotliCompressSync, deflateRawSync, gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { WebSocket } from 'undici'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { deriveAcceptKey, OPCODE, renderFrame } from '../fakes/websocket-frames.ts'
import { findSpellings } from '../support/find-spellings.ts'
import { RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

const HEAD = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`
const upgradeTo = (path: string, extra = '', protocol = 'websocket'): string =>
  `GET ${path} HTTP/1.1\r\n${HEAD}Connection: Upgrade, X-Hop\r\nX-Hop: 1\r\nUpgrade: ${protocol}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n${extra}\r\n`

const openai = (origin: string, is: Partial<ProviderConfig> = {}) => ({
  providers: [{ id: 'openai' as const, upstream: upstreamOf(`${origin}/v1`), ...is }],
})

const VENDOR_OR_NAMED = [
  ['the vendor’s own', { upstreamIsExplicit: false }],
  ['one that an input names', { upstreamIsExplicit: true }],
] as const

const DEFLATE_OFFER = 'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n'

function accept(key: string | undefined, extra = ''): string {
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${deriveAcceptKey(key ?? '')}\r\n${extra}\r\n`
}

/** An upstream that accepts every upgrade and sends each byte back. */
function createEcho(extra = '', greeting: Buffer = Buffer.alloc(0)) {
  return createScriptedUpstream({
    upgrade: (request, socket, head) => {
      socket.write(Buffer.concat([Buffer.from(accept(request.headers['sec-websocket-key'], extra)), greeting]))
      if (head.length > 0) socket.write(head)
      socket.on('data', (chunk) => socket.write(chunk))
      socket.on('end', () => socket.end())
    },
  })
}

async function connectTo(sidecar: Sidecar, extra = ''): Promise<RawConnection> {
  const client = new RawConnection(sidecar.port('openai'))
  client.send(upgradeTo('/v1/responses', extra))
  await client.waitFor('\r\n\r\n')
  return client
}

describe('sidecar: WebSocket tunnels', () => {
  test('carry the one real key upstream, no token and no hop-by-hop header of the client', async () => {
    await using upstream = await createEcho()
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = await connectTo(
      sidecar,
      `Cookie: a=b\r\nX-Api-Key: ${RUN_TOKENS.other}\r\nOpenAI-Beta: responses_websockets\r\n`,
    )
    const head = await upstream.waitForHead()
    expect(client.received).toMatch(/^HTTP\/1\.1 101 /)
    expect(head.url).toBe('/v1/responses')
    expect(head.headers).toMatchObject({
      authorization: `Bearer ${keyOf('openai')}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      host: `127.0.0.1:${upstream.port}`,
      'openai-beta': 'responses_websockets',
    })
    for (const name of ['cookie', 'x-api-key', 'x-hop']) expect(head.headers).not.toHaveProperty(name)
    expect(JSON.stringify(head.rawHeaders)).not.toContain(RUN_TOKENS.other)
  })

  test('pass fragments and frames of 5 MiB byte for byte, both ways', async () => {
    await using upstream = await createEcho()
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = await connectTo(sidecar)
    const start = client.received.length
    const big = renderFrame(OPCODE.binary, randomBytes(5 * 1024 * 1024))
    const fragments = [
      renderFrame(OPCODE.text, Buffer.from('one ')),
      renderFrame(OPCODE.continuation, Buffer.from('two')),
    ]
    const sent = Buffer.concat([...fragments, big, renderFrame(OPCODE.ping, Buffer.from('p'))])
    client.send(sent)
    await waitUntil('everything is back', () => client.received.length === start + sent.length)
    expect(Buffer.from(client.received.slice(start), 'latin1').equals(sent)).toBe(true)
  })

  test('give a real client its responses and count their tokens', async () => {
    const conversation = { text: 'done' }
    await using upstream = await createFakeProvider({
      hosts: { '*': createOpenAiService({ key: keyOf('openai'), conversation }) },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const socket = new WebSocket(`ws://127.0.0.1:${sidecar.port('openai')}/v1/responses`, {
      headers: { authorization: `Bearer ${RUN_TOKENS.other}` },
    })
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({ type: 'response.create', model: 'gpt-x', input: [] }))
      socket.onerror = (event) => reject(event.error)
      socket.onmessage = ({ data }) => (JSON.parse(String(data)).type === 'response.completed' ? resolve() : undefined)
    })
    socket.close()
    const event = await sidecar.waitForRequest(({ transport }) => transport === 'websocket')
    expect(event).toMatchObject({ status: 101, outcome: 'complete', tokens: { input: 1200, output: 37, cached: 1000 } })
  })

  test.each(VENDOR_OR_NAMED)(
    'offer no compression to an upstream that is lent a credential (%s)',
    async (_name, is) => {
      await using upstream = await createEcho()
      await using sidecar = await startSidecar(openai(upstream.origin, is))
      using client = await connectTo(sidecar, DEFLATE_OFFER)
      const head = await upstream.waitForHead()
      expect(head.headers).not.toHaveProperty('sec-websocket-extensions')
      expect(client.received).toMatch(/^HTTP\/1\.1 101 /)
    },
  )

  test('refuse an upstream that compresses messages without having been asked', async () => {
    await using upstream = await createEcho('Sec-WebSocket-Extensions: permessage-deflate\r\n')
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses', DEFLATE_OFFER))
    expect(await client.waitForClose()).toContain('x-agent-proxy-refusal: upstream_encoding')
    expect(await sidecar.waitForRequest(() => true)).toMatchObject({ status: 502, refusal: 'upstream_encoding' })
  })

  test('end when a message is compressed all the same', async () => {
    const frame = renderFrame(OPCODE.text, deflateRawSync('{}'))
    frame[0] = (frame[0] ?? 0) | 0x40
    await using upstream = await createEcho('', frame)
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = await connectTo(sidecar, DEFLATE_OFFER)
    expect(await client.waitForClose()).not.toContain(frame.toString('latin1'))
  })

  test('leave compression to the client and the upstream where nothing is lent, and meter it', async () => {
    const usage = { input_tokens: 21, output_tokens: 4, input_tokens_details: { cached_tokens: 2 } }
    const text = JSON.stringify({ type: 'response.completed', response: { model: 'gpt-x', usage } })
    const frame = renderFrame(OPCODE.text, deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4))
    frame[0] = (frame[0] ?? 0) | 0x40
    await using upstream = await createEcho('Sec-WebSocket-Extensions: permessage-deflate\r\n', frame)
    await using sidecar = await startSidecar(openai(upstream.origin, { credential: { kind: 'none' } }))
    const client = await connectTo(sidecar, DEFLATE_OFFER)
    const head = await upstream.waitForHead()
    expect(head.headers['sec-websocket-extensions']).toBe('permessage-deflate; client_max_window_bits')
    expect(client.received.toLowerCase()).toContain('sec-websocket-extensions: permessage-deflate')
    await client.waitFor(frame.toString('latin1'))
    client.socket.end()
    await client.waitForClose()
    expect(await sidecar.waitForRequest(() => true)).toMatchObject({ tokens: { input: 21, output: 4, cached: 2 } })
  })

  test.each(VENDOR_OR_NAMED)('take an echo of the credential out of messages and the head (%s)', async (_name, is) => {
    const key = keyOf('openai')
    const [half, rest] = [renderFrame(OPCODE.text, Buffer.from(key.slice(0, 9))), key.slice(9)]
    half[0] = (half[0] ?? 0) & 0x7f
    const frames = [
      renderFrame(
        OPCODE.text,
        Buffer.from(JSON.stringify({ key, coded: Buffer.from(`Bearer ${key}`).toString('base64') })),
      ),
      half,
      renderFrame(OPCODE.continuation, Buffer.from(`${rest} end of all`)),
    ]
    await using upstream = await createEcho(`X-Echo: Bearer ${key}\r\n`, Buffer.concat(frames))
    await using sidecar = await startSidecar(openai(upstream.origin, is))
    using client = await connectTo(sidecar)
    await client.waitFor('end of all')
    expect(findSpellings(client.received, key)).toEqual([])
    expect(client.received).not.toContain(key.slice(9))
  })

  test('take an echo of the credential for no model', async () => {
    const key = keyOf('openai')
    const usage = { input_tokens: 1, output_tokens: 1 }
    const text = JSON.stringify({ type: 'response.completed', response: { model: key, usage } })
    await using upstream = await createEcho('', renderFrame(OPCODE.text, Buffer.from(text)))
    await using sidecar = await startSidecar(openai(upstream.origin))
    const client = await connectTo(sidecar)
    await client.waitFor('response.completed')
    client.socket.end()
    await client.waitForClose()
    const event = await sidecar.waitForRequest(() => true)
    expect(event.tokens).toMatchObject({ input: 1, output: 1 })
    expect(JSON.stringify(event)).not.toContain(key)
  })

  test('deliver bytes that came together with the handshake, from either side', async () => {
    const greeting = renderFrame(OPCODE.text, Buffer.from('greeting'))
    await using upstream = await createEcho('', greeting)
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    const early = renderFrame(OPCODE.text, Buffer.from('early bytes'))
    client.send(Buffer.concat([Buffer.from(upgradeTo('/v1/responses')), early]))
    await client.waitFor('greeting')
    await client.waitFor('early bytes')
  })

  test('close the client when the upstream resets', async () => {
    await using upstream = await createHostileProvider({ hostility: 'cut-after-upgrade' })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    await client.waitForClose()
    await sidecar.waitForRequest(({ transport }) => transport === 'websocket')
  })

  test('close the upstream when the client resets, also while nothing is read', async () => {
    const opened = Promise.withResolvers<Duplex>()
    await using upstream = await createScriptedUpstream({
      upgrade: (request, socket) => {
        socket.write(accept(request.headers['sec-websocket-key']))
        opened.resolve(socket)
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const client = await connectTo(sidecar)
    const socket = await opened.promise
    // More than every buffer on the way takes: the tunnel is stalled when the client goes.
    for (let count = 0; count < 400 && socket.write(Buffer.alloc(64 * 1024)); count += 1)
      await new Promise(setImmediate)
    socket.write(Buffer.alloc(32 * 1024 * 1024))
    client.socket.pause()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    client.socket.resetAndDestroy()
    await closed
  })

  test('deliver the last bytes of a client that ends, then end on both sides', async () => {
    const received: Buffer[] = []
    const ended = Promise.withResolvers<void>()
    await using upstream = await createScriptedUpstream({
      upgrade: (request, socket) => {
        socket.write(accept(request.headers['sec-websocket-key']))
        socket.on('data', (chunk) => received.push(chunk))
        socket.on('end', ended.resolve)
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const client = await connectTo(sidecar)
    client.socket.end(Buffer.alloc(3_000_000, 'x'))
    await ended.promise
    expect(Buffer.concat(received)).toHaveLength(3_000_000)
    await client.waitForClose()
  })
})

describe('sidecar: upgrades that are none', () => {
  test.each(['h2c', 'TLS/1.0', 'websockets'])(
    'an upgrade to %s is refused with 426 and reaches nobody',
    async (protocol) => {
      await using upstream = await createEcho()
      await using sidecar = await startSidecar(openai(upstream.origin))
      using client = new RawConnection(sidecar.port('openai'))
      client.send(upgradeTo('/v1/responses', '', protocol))
      const answer = await client.waitForClose()
      expect(answer).toMatch(/^HTTP\/1\.1 426 /)
      expect(answer).toContain('x-agent-proxy-refusal: upgrade_unsupported')
      expect(upstream.connectionCount()).toBe(0)
    },
  )

  test('a client without the token of the run is refused', async () => {
    await using upstream = await createEcho()
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses').replace(RUN_TOKENS.other, 'sk-mine'))
    expect(await client.waitForClose()).toContain('x-agent-proxy-refusal: client_token_invalid')
    expect(upstream.connectionCount()).toBe(0)
  })

  test.each([
    ['refuses-upgrade', 403, 'no upgrade here'],
    ['ok-to-upgrade', 200, 'not switching'],
  ] as const)('a plain answer of the upstream is relayed (%s)', async (hostility, status, text) => {
    await using upstream = await createHostileProvider({ hostility })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    const answer = await client.waitForClose()
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain(text)
    expect((await sidecar.waitForRequest(() => true)).status).toBe(status)
  })

  test.each([
    ['as it is', (body: string) => Buffer.from(body), ''],
    ['packed', (body: string) => gzipSync(body), 'Content-Encoding: gzip\r\n'],
    ['packed twice', (body: string) => brotliCompressSync(gzipSync(body)), 'Content-Encoding: gzip, br\r\n'],
  ] as const)('a plain answer that echoes the credential (%s) comes without it', async (_name, pack, coding) => {
    const key = keyOf('openai')
    const body = pack(`{"error":"Incorrect key ${key}"}`)
    await using upstream = await createScriptedUpstream({
      upgrade: (_request, socket) => {
        const length = `Content-Length: ${body.length}\r\n`
        socket.end(
          Buffer.concat([Buffer.from(`HTTP/1.1 401 No ${key}\r\nX-Echo: ${key}\r\n${coding}${length}\r\n`), body]),
        )
      },
    })
    await using sidecar = await startSidecar(openai(upstream.origin, { upstreamIsExplicit: false }))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    const answer = await client.waitForClose()
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    expect(answer).toContain(`{"error":"Incorrect key ${'*'.repeat(key.length)}"}`)
    expect(findSpellings(answer, key)).toEqual([])
    expect((await sidecar.waitForRequest(() => true)).outcome).toBe('complete')
  })

  test.each([
    ['damaged', 'gzip', 'HTTP/1.1 403 '],
    ['packed in an unknown way', 'compress', 'x-agent-proxy-refusal: upstream_encoding'],
  ])('a plain answer that is %s is not passed on', async (_name, coding, shown) => {
    await using upstream = await createScriptedUpstream({
      upgrade: (_request, socket) =>
        socket.end(`HTTP/1.1 403 Forbidden\r\nContent-Encoding: ${coding}\r\nContent-Length: 9\r\n\r\nnot so it`),
    })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    // Where the packed length tells nothing any more, the break is a reset.
    const answer = await client.waitForClose().catch(() => client.received)
    expect(answer).toContain(shown)
    expect(answer).not.toContain('not so it')
  })

  test('a plain answer that is cut off is cut off for the client too', async () => {
    await using upstream = await createHostileProvider({ hostility: 'cut-in-body' })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    const answer = await client.waitForClose()
    expect(answer).toContain('content-length: 1000')
    expect((await sidecar.waitForRequest(() => true)).outcome).toBe('upstream-cut')
  })

  /** Answers with the head and a part of the body; what comes then is the test's. */
  async function createPartial(head: string) {
    const opened = Promise.withResolvers<Socket>()
    const upstream = await createScriptedUpstream({
      upgrade: (_request, socket) => {
        socket.write(`HTTP/1.1 403 Forbidden\r\n${head}`)
        opened.resolve(socket as Socket)
      },
    })
    return { upstream, opened: opened.promise }
  }

  test('a plain answer that a reset breaks off gets no refusal written into its middle', async () => {
    const { upstream, opened } = await createPartial('Content-Length: 100\r\n\r\npartial')
    await using _upstream = upstream
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    await client.waitFor('partial')
    ;(await opened).resetAndDestroy()
    expect((await client.waitForClose()).match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(await sidecar.waitForRequest(() => true)).toMatchObject({ status: 403, outcome: 'upstream-cut' })
  })

  test('a plain answer in chunks that is cut off ends in a reset, or it would look whole', async () => {
    const { upstream, opened } = await createPartial('Transfer-Encoding: chunked\r\n\r\n7\r\npartial\r\n')
    await using _upstream = upstream
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    await client.waitFor('partial')
    const broken = expect(client.waitForClose()).rejects.toThrow(/ECONNRESET/)
    ;(await opened).end()
    await broken
    expect((await sidecar.waitForRequest(() => true)).outcome).toBe('upstream-cut')
  })

  test('a client that leaves in the middle of a plain answer is told as one that left', async () => {
    const { upstream } = await createPartial('Content-Length: 100\r\n\r\npartial')
    await using _upstream = upstream
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    await client.waitFor('partial')
    client.socket.resetAndDestroy()
    expect(await sidecar.waitForRequest(() => true)).toMatchObject({ status: 403, outcome: 'client-aborted' })
  })

  test.each([
    ['reset-before-head', 'upstream_reset'],
    ['close-before-head', 'upstream_reset'],
    ['garbage-instead-of-http', 'upstream_unreachable'],
  ] as const)('an upstream that breaks the handshake off ends in a refusal (%s)', async (hostility, code) => {
    await using upstream = await createHostileProvider({ hostility })
    await using sidecar = await startSidecar(openai(upstream.origin))
    using client = new RawConnection(sidecar.port('openai'))
    client.send(upgradeTo('/v1/responses'))
    const answer = await client.waitForClose()
    expect(answer).toMatch(/^HTTP\/1\.1 502 /)
    expect(answer).toContain(`x-agent-proxy-refusal: ${code}`)
  })

  test('a client that resets while the upstream is being dialled ends that dialling, and nothing else', async () => {
    await using upstream = await createHostileProvider({ hostility: 'never-answers' })
    await using sidecar = await startSidecar(openai(upstream.origin))
    const worker = process.platform === 'linux' ? await sidecar.waitForWorker() : undefined
    for (let round = 1; round <= 5; round += 1) {
      const client = new RawConnection(sidecar.port('openai'))
      await once(client.socket, 'connect')
      client.socket.write(upgradeTo('/v1/responses'), () => client.socket.resetAndDestroy())
      await client.waitForClose()
    }
    using last = new RawConnection(sidecar.port('openai'))
    last.send(upgradeTo('/v1/responses'))
    const count = await waitUntil(
      'the last handshake is there',
      () => upstream.requests.length > 0 && upstream.requests.length,
    )
    last.socket.resetAndDestroy()
    await upstream.waitForClose(count)
    if (worker !== undefined) expect(await sidecar.waitForWorker()).toBe(worker)
    expect(sidecar.readLog()).toBe('')
  })
})
