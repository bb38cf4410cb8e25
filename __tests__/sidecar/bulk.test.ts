import { createHash, randomBytes } from 'node:crypto'
import { request as httpRequest, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from '@jest/globals'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import { open, RawConnection } from '../support/http-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { readResidentMiB, type Sidecar, startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

const token = { authorization: `Bearer ${RUN_TOKENS.other}` }
const MIB = 1024 * 1024
const block = randomBytes(MIB)

/** More growth than this, over a body several times as large, would mean that the body is held instead of streamed. */
const GROWTH_MIB = 64
/** By then every buffer on the way is as large as it gets. */
const WARM_MIB = 32

/** Watches the worker's memory; where it cannot be read, nothing is said about it. */
async function createMemoryWatch(sidecar: Sidecar) {
  const worker = process.platform === 'linux' ? await sidecar.waitForWorker() : undefined
  let [warm, highest] = [0, 0]
  return {
    look: (transferredMiB: number): void => {
      const now = worker === undefined ? 0 : readResidentMiB(worker)
      if (transferredMiB <= WARM_MIB) warm = Math.max(warm, now)
      highest = Math.max(highest, now)
    },
    growth: () => highest - warm,
  }
}

async function* blocks(count: number, visit: (index: number) => void = () => undefined): AsyncGenerator<Buffer> {
  for (let index = 0; index < count; index += 1) {
    visit(index)
    yield block
  }
}

describe('sidecar: large bodies', () => {
  test.each(['with a length', 'chunked'])(
    'an upload of 160 MiB %s arrives whole while memory stays flat',
    async (how) => {
      const received = Promise.withResolvers<string>()
      await using upstream = await createScriptedUpstream({
        request: (request, response) => {
          const hash = createHash('sha256')
          request.on('data', (chunk) => hash.update(chunk))
          request.on('end', () => {
            received.resolve(hash.digest('hex'))
            response.end('ok')
          })
        },
      })
      await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(upstream.origin) }] })
      const memory = await createMemoryWatch(sidecar)
      const length = how === 'chunked' ? {} : { 'content-length': String(160 * MIB) }
      const request = httpRequest(`${sidecar.origin('openai')}/v1/files`, {
        method: 'POST',
        headers: { ...token, ...length },
        agent: false,
      })
      const answered = new Promise((resolve, reject) => request.on('response', resolve).on('error', reject))
      await pipeline(blocks(160, memory.look), request)
      await answered
      const expected = createHash('sha256')
      for (let index = 0; index < 160; index += 1) expected.update(block)
      expect(await received.promise).toBe(expected.digest('hex'))
      expect(memory.growth()).toBeLessThan(GROWTH_MIB)
      expect((await sidecar.waitForRequest(() => true)).bytesIn).toBe(160 * MIB)
    },
  )

  test('a download of 160 MiB arrives whole while memory stays flat', async () => {
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => void pipeline(blocks(160), response).catch(() => undefined),
    })
    await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(upstream.origin) }] })
    const memory = await createMemoryWatch(sidecar)
    const response = await open(`${sidecar.origin('openai')}/v1/files/x`, { headers: token })
    let received = 0
    for await (const chunk of response) {
      received += (chunk as Buffer).length
      memory.look(received / MIB)
    }
    expect(received).toBe(160 * MIB)
    expect(memory.growth()).toBeLessThan(GROWTH_MIB)
  })

  test('a client that reads nothing holds the upstream back instead of filling memory', async () => {
    let sent = 0
    const fill = (response: ServerResponse): void => {
      while (sent < 256 && response.write(block)) sent += 1
      if (sent < 256) response.once('drain', () => fill(response))
    }
    await using upstream = await createScriptedUpstream({ request: (_request, response) => fill(response) })
    await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(upstream.origin) }] })
    const response = await open(`${sidecar.origin('openai')}/v1/files/x`, { headers: token })
    response.pause()
    let [before, quiet] = [-1, 0]
    await waitUntil('nothing moves any more', () => {
      quiet = sent === before ? quiet + 1 : 0
      before = sent
      return quiet > 40
    })
    expect(sent).toBeLessThan(64)
    response.destroy()
  })

  test('an upstream that answers before it has read the body is heard, and the connection stays usable', async () => {
    await using upstream = await createHostileProvider({ hostility: 'too-large-at-head' })
    await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream: upstreamOf(upstream.origin) }] })
    using client = new RawConnection(sidecar.port('openai'))
    const head = `Host: 127.0.0.1\r\nAuthorization: Bearer ${RUN_TOKENS.other}\r\n`
    client.send(`POST /v1/files HTTP/1.1\r\n${head}Content-Length: ${8 * MIB}\r\n\r\n`)
    for (let count = 0; count < 8; count += 1) client.send(block)
    await client.waitFor('too large')
    upstream.setHostility('behaves')
    client.send(`GET /v1/next HTTP/1.1\r\n${head}Connection: close\r\n\r\n`)
    expect(await client.waitForClose()).toMatch(/^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 [\s\S]*fine$/)
  })
})
