import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  brotliCompressSync,
  constants,
  createGzip,
  createZstdCompress,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import { deriveByteSpellings, deriveTextSpellings } from '../../src/core/secret-spellings.ts'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { findSpellings } from '../support/find-spellings.ts'
import { type Answer, type Asked, ask, open } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { readResidentMiB, type Sidecar, startSidecar } from '../support/sidecar.ts'
import { keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

/** Every provider's own host is asked for plain answers; here it compresses all the same. */
const headers = { authorization: `Bearer ${RUN_TOKENS.other}`, 'accept-encoding': 'gzip, br, zstd' }
const KEY = keyOf('openai')
const vendor = (origin: string, is: Partial<ProviderConfig> = {}) => ({
  providers: [{ id: 'openai' as const, upstream: upstreamOf(`${origin}/v1`), upstreamIsExplicit: false, ...is }],
})

const post = (sidecar: Sidecar, path = '/v1/chat/completions', asked: Asked = {}): Promise<Answer> =>
  ask(sidecar.origin('openai') + path, { method: 'POST', headers, ...asked })

type Respond = (request: IncomingMessage, response: ServerResponse) => void

/** Asks once an upstream that answers so. */
async function askUpstream(respond: Respond, asked: Asked = {}) {
  await using upstream = await createScriptedUpstream({ request: respond })
  await using sidecar = await startSidecar(vendor(upstream.origin))
  const answer = await post(sidecar, undefined, asked)
  const event = await sidecar.waitForRequest(() => true)
  return { answer, event, head: await upstream.waitForHead() }
}

const PACKS: Readonly<Record<string, (body: Buffer) => Buffer>> = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  zstd: zstdCompressSync,
  'gzip, br': (body) => brotliCompressSync(gzipSync(body)),
  'deflate, gzip': (body) => gzipSync(deflateRawSync(body)),
}

const usage = { prompt_tokens: 11, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 3 } }
const echo = JSON.stringify({ model: 'gpt-5', echo: [...deriveTextSpellings(KEY), ...deriveByteSpellings(KEY)], usage })
const metered = { model: 'gpt-5', tokens: { input: 11, output: 7, cached: 3 } }

describe('sidecar: an upstream that was lent a credential', () => {
  test('is asked for a plain answer, whoever named it and whatever the client takes', async () => {
    const { head, answer } = await askUpstream((_request, response) => response.end('ok'))
    expect(head.headers['accept-encoding']).toBe('identity')
    expect(answer.text).toBe('ok')
  })

  test('and answers in plain, in every spelling: the client sees none', async () => {
    const { answer, event } = await askUpstream((_request, response) => {
      response.writeHead(200, `No ${KEY}`, { 'content-type': 'application/json', trailer: 'x-last', 'x-echo': KEY })
      response.addTrailers({ 'x-last': KEY })
      response.end(echo)
    })
    expect(findSpellings(answer.text + JSON.stringify(answer.rawHeaders), KEY)).toEqual([])
    expect(answer.text.length).toBe(echo.length)
    expect(event).toMatchObject(metered)
  })

  test.each(Object.entries(PACKS))(
    'and compresses (%s): unpacked, freed of the credential, metered',
    async (coding, pack) => {
      const { answer, event } = await askUpstream((_request, response) => {
        response.writeHead(200, {
          'content-type': 'application/json',
          'content-encoding': coding,
          'content-length': pack(Buffer.from(echo)).length,
          etag: '"strong"',
        })
        response.end(pack(Buffer.from(echo)))
      })
      expect([answer.status, answer.complete, answer.headers['content-encoding']]).toEqual([200, true, undefined])
      expect(answer.headers.etag).toBe('W/"strong"')
      expect(findSpellings(answer.text, KEY)).toEqual([])
      expect(answer.text.length).toBe(echo.length)
      expect(event).toMatchObject({ outcome: 'complete', ...metered })
    },
  )

  test('and compresses a stream: each event arrives before the next one is sent', async () => {
    const arrived = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    await using upstream = await createScriptedUpstream({
      request: async (_request, response) => {
        const zip = createZstdCompress()
        zip.on('data', (bytes: Buffer) => response.write(bytes))
        zip.once('end', () => response.end())
        response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'zstd' })
        for (const [index, { promise }] of arrived.entries()) {
          zip.write(`data: {"n":${index},"key":"${KEY}"}\n\n`)
          zip.flush(constants.ZSTD_e_flush)
          await promise
        }
        zip.end()
      },
    })
    await using sidecar = await startSidecar(vendor(upstream.origin))
    const response = await open(`${sidecar.origin('openai')}/v1/responses`, { method: 'POST', headers })
    let text = ''
    for await (const chunk of response) {
      text += String(chunk)
      arrived[text.split('\n\n').length - 2]?.resolve()
    }
    expect(text).toBe([0, 1, 2].map((n) => `data: {"n":${n},"key":"${'*'.repeat(KEY.length)}"}\n\n`).join(''))
    expect(await sidecar.waitForRequest(() => true)).toMatchObject({ transport: 'sse', outcome: 'complete' })
  })

  test.each([
    ['in a way nobody knows', 200, 'compress'],
    ['in a stack with one such', 200, 'gzip, compress'],
    ['a range', 206, 'gzip'],
  ])('and compresses %s: refused before the head', async (_name, status, coding) => {
    const { answer, event } = await askUpstream((_request, response) => {
      response.writeHead(status, { 'content-encoding': coding }).end(gzipSync(KEY))
    })
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_encoding'])
    expect(event).toMatchObject({ outcome: 'upstream-failed', refusal: 'upstream_encoding' })
  })

  test.each([
    ['damaged', (packed: Buffer) => packed.fill(0xff, 40, 60)],
    ['cut off, though its framing is whole', (packed: Buffer) => packed.subarray(0, -9)],
    ['no such stream at all', () => Buffer.from('{"plain":true}')],
  ] as const)('and sends a compressed body that is %s: cut, never ended cleanly', async (_name, spoil) => {
    const { answer, event } = await askUpstream((_request, response) => {
      const body = spoil(gzipSync(Buffer.from(Array.from({ length: 400 }, (_, n) => `line ${n * 7919}\n`).join(''))))
      response.writeHead(200, {
        'content-type': 'text/plain',
        'content-encoding': 'gzip',
        'content-length': body.length,
      })
      response.end(body)
    })
    expect([answer.status, answer.complete, event.outcome]).toEqual([200, false, 'upstream-cut'])
  })

  test('and breaks off in a compressed stream: what came arrives, then the cut', async () => {
    const { answer, event } = await askUpstream((_request, response) => {
      const zip = createGzip()
      zip.on('data', (bytes: Buffer) => response.write(bytes))
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
      zip.write('data: first\n\n')
      zip.flush(constants.Z_SYNC_FLUSH, () => setImmediate(() => response.destroy()))
    })
    expect([answer.text, answer.complete, event.outcome]).toEqual(['data: first\n\n', false, 'upstream-cut'])
  })

  test('and says that an answer without a body is compressed: left alone', async () => {
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 304],
      ['DELETE', 204],
    ] as const) {
      const { answer } = await askUpstream(
        (_request, response) => response.writeHead(status, { 'content-encoding': 'compress', etag: '"x"' }).end(),
        { method },
      )
      expect([answer.status, answer.headers['content-encoding'], answer.headers.etag]).toEqual([
        status,
        'compress',
        '"x"',
      ])
    }
  })

  test('and compresses nothing at all: an empty answer', async () => {
    const { answer } = await askUpstream((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'transfer-encoding': 'chunked' }).end()
    })
    expect([answer.status, answer.text, answer.complete]).toEqual([200, '', true])
  })

  test('and sends a bomb: it passes as fast as the client reads, and memory stays flat', async () => {
    const bomb = gzipSync(Buffer.alloc(192 * 1024 * 1024))
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    })
    await using sidecar = await startSidecar(vendor(upstream.origin))
    const worker = process.platform === 'linux' ? await sidecar.waitForWorker() : undefined
    const resident = (): number => (worker === undefined ? 0 : readResidentMiB(worker))
    const response = await open(`${sidecar.origin('openai')}/v1/files/x`, { headers })
    let [received, warm, highest] = [0, 0, 0]
    for await (const chunk of response) {
      received += (chunk as Buffer).length
      if (received < 32 * 1024 * 1024) warm = Math.max(warm, resident())
      else highest = Math.max(highest, resident())
    }
    expect(received).toBe(192 * 1024 * 1024)
    expect(highest - warm).toBeLessThan(64)
  })

  test('and compresses while the client leaves: the upstream request ends', async () => {
    const closed = Promise.withResolvers<void>()
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.once('close', closed.resolve)
        const zip = createGzip()
        zip.on('data', (bytes: Buffer) => response.write(bytes))
        response.writeHead(200, { 'content-encoding': 'gzip' })
        zip.write('first')
        zip.flush(constants.Z_SYNC_FLUSH)
      },
    })
    await using sidecar = await startSidecar(vendor(upstream.origin))
    const response = await open(`${sidecar.origin('openai')}/v1/files/x`, { headers })
    await once(response, 'data')
    response.destroy()
    await closed.promise
    expect((await sidecar.waitForRequest(() => true)).outcome).toBe('client-aborted')
  })
})

describe('sidecar: other secrets and upstreams', () => {
  test('a key in provider-headers is taken out of what its upstream echoes, an ordinary value is not', async () => {
    const gateway = 'gateway-key-0123456789abcdef'
    await using upstream = await createScriptedUpstream({
      request: (request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(JSON.stringify(request.headers)))
      },
    })
    await using sidecar = await startSidecar({
      ...vendor(upstream.origin, { credential: { kind: 'none' }, extraHeaderNames: ['x-gateway', 'x-api-version'] }),
      secrets: { 'header.x-gateway': `Bearer ${gateway}`, 'header.x-api-version': '2026-11-25-preview' },
    })
    const answer = await post(sidecar)
    expect(findSpellings(answer.text, gateway)).toEqual([])
    expect(answer.text).toContain('2026-11-25-preview')
    expect((await upstream.waitForHead()).headers['x-gateway']).toBe(`Bearer ${gateway}`)
  })

  test('where nothing is lent, a compressed answer passes byte for byte and is metered all the same', async () => {
    const body = gzipSync(JSON.stringify({ model: 'gpt-5', usage }))
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
      },
    })
    await using sidecar = await startSidecar(vendor(upstream.origin, { credential: { kind: 'none' } }))
    const answer = await post(sidecar)
    expect((await upstream.waitForHead()).headers['accept-encoding']).toBe(headers['accept-encoding'])
    expect([answer.headers['content-encoding'], answer.body.equals(body)]).toEqual(['gzip', true])
    expect(await sidecar.waitForRequest(() => true)).toMatchObject(metered)
  })
})
