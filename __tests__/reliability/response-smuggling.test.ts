import type { Socket } from 'node:net'
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals'
import { createHostileProvider, type HostileProvider } from '../fakes/hostile-provider.ts'
import { waitUntil } from '../support/wait-until.ts'
import { HEAD, Scene, useScene } from './support/scene.ts'

/**
 * Answers that two parsers could read differently: nothing of one may be given to the next client, and the connection on which
 * the two sides no longer agree is not used again.
 */
let upstream: HostileProvider | undefined

const scene = useScene(async () => {
  upstream = await createHostileProvider({ hostility: 'behaves' })
  return Scene.open({ origin: upstream.origin })
})
afterAll(() => upstream?.close())

const EVIL = 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'
const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n'
const CHUNKED = `${OK}transfer-encoding: chunked\r\n\r\n`
const interims = (count: number): string => 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'.repeat(count)

let connections = 0
beforeEach(async () => {
  upstream?.setHostility('behaves')
  await scene().ask('/v1/before')
  connections = upstream?.connectionCount() ?? 0
})

/** The next client gets its own answer, by a new connection where the last one is no longer to be trusted. */
async function expectNext(isNew: boolean): Promise<void> {
  upstream?.setHostility('behaves')
  const next = await scene().ask('/v1/next')
  expect([next.status, next.text]).toEqual([200, 'fine'])
  expect((upstream?.connectionCount() ?? 0) - connections).toBe(isNew ? 1 : 0)
}

describe('sidecar: an answer with more behind it', () => {
  test.each([
    ['bytes behind a body with a length', `${OK}content-length: 2\r\n\r\nok${EVIL}`, 'ok'],
    ['a second answer behind the first', `${OK}content-length: 2\r\n\r\nok${EVIL}${EVIL}`, 'ok'],
    ['an answer behind an empty one', `${OK}content-length: 0\r\n\r\n${EVIL}`, ''],
    ['an answer behind the last chunk', `${CHUNKED}2\r\nok\r\n0\r\n\r\n${EVIL}`, 'ok'],
    ['an answer behind a trailer', `${CHUNKED}2\r\nok\r\n0\r\nx: y\r\n\r\n${EVIL}`, 'ok'],
    ['a line end behind the answer', `${OK}content-length: 2\r\n\r\nok\r\n`, 'ok'],
    ['a body behind 204', `HTTP/1.1 204 No Content\r\n\r\n${EVIL}`, ''],
    ['a body behind 304', `HTTP/1.1 304 Not Modified\r\ncontent-length: 4\r\n\r\n${EVIL}`, ''],
  ])('%s: the client gets the answer, nobody the rest, and the connection is closed', async (_name, bytes, body) => {
    upstream?.setHostility((socket) => socket.write(bytes))
    const answer = await scene().ask('/v1/odd')
    expect([answer.text, answer.complete]).toEqual([body, true])
    await expectNext(true)
  })

  test('an answer that nobody asked for, on an idle connection, is nobody’s', async () => {
    const kept = Promise.withResolvers<Socket>()
    upstream?.setHostility((socket) => {
      socket.write(`${OK}content-length: 2\r\n\r\nok`)
      kept.resolve(socket)
    })
    expect((await scene().ask('/v1/first')).text).toBe('ok')
    const socket = await kept.promise
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(EVIL)
    await closed
    await expectNext(true)
  })

  test('a body behind the answer to HEAD is none', async () => {
    upstream?.setHostility((socket) => socket.write(`${OK}content-length: 4\r\n\r\nevil`))
    const answer = await scene().ask('/v1/odd', { method: 'HEAD' })
    expect([answer.status, answer.text]).toEqual([200, ''])
    await expectNext(true)
  })
})

describe('sidecar: an answer that can be read in two ways', () => {
  const framed = (headers: string, body = 'evil'): string => `${OK}${headers}\r\n\r\n${body}`
  const chunks = '4\r\nevil\r\n0\r\n\r\n'
  test.each([
    ['Content-Length and Transfer-Encoding', framed('content-length: 4\r\ntransfer-encoding: chunked', chunks)],
    ['two lengths that differ', framed('content-length: 4\r\ncontent-length: 9')],
    ['a list of lengths', framed('content-length: 4, 4')],
    ['a length with a plus sign', framed('content-length: +4')],
    ['a length with a minus sign', framed('content-length: -4')],
    ['a length in hexadecimal', framed('content-length: 0x4')],
    ['an empty length', framed('content-length:')],
    ['a length beyond all numbers', framed('content-length: 99999999999999999999')],
    ['an unknown coding', framed('transfer-encoding: xchunked', chunks)],
    ['gzip, then chunked', framed('transfer-encoding: gzip, chunked', chunks)],
    ['chunked twice', framed('transfer-encoding: chunked\r\ntransfer-encoding: chunked', chunks)],
    ['a coding behind a vertical tab', framed('transfer-encoding: \x0bchunked', chunks)],
    ['a blank before the colon', framed('content-length : 4')],
    ['a folded line', framed('x-a: b\r\n c\r\ncontent-length: 4')],
    ['a bare LF behind a header', framed('x-a: b\ncontent-length: 4')],
    ['a bare CR in a header', framed('x-a: b\rcontent-length: 4')],
    ['a NUL in a header', framed('x-a: b\0c\r\ncontent-length: 4')],
    ['a header without a colon', framed('content-length 4')],
    ['a header without a name', framed(': 4')],
    ['HTTP/2 in the status line', 'HTTP/2 200 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['another protocol in the status line', 'ICY 200 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['a status below 100', 'HTTP/1.1 099 OK\r\ncontent-length: 4\r\n\r\nevil'],
    ['a line end before the status line', `\r\n${EVIL}`],
    ['an interim answer with a body', `HTTP/1.1 103 Early Hints\r\ncontent-length: 4\r\n\r\nevil${EVIL}`],
    ['a flood of interim answers', `${interims(17)}${EVIL}`],
    ['a switch of protocols that nobody asked for', `HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n${EVIL}`],
  ])('%s is refused, and the connection is closed', async (_name, bytes) => {
    upstream?.setHostility((socket) => socket.write(Buffer.from(bytes, 'latin1')))
    const answer = await scene().ask('/v1/odd')
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_unreachable'])
    expect(answer.text).not.toContain('evil')
    await expectNext(true)
  })

  test.each([
    ['a chunk size that is no number', 'zz\r\nevil\r\n0\r\n\r\n'],
    ['a chunk size with a sign', '+4\r\nevil\r\n0\r\n\r\n'],
    ['a chunk size beyond all numbers', 'fffffffffffffffff\r\nevil\r\n0\r\n\r\n'],
    ['a bare LF behind a chunk size', '4\nevil\r\n0\r\n\r\n'],
    ['a chunk longer than it says', '2\r\nevil\r\n0\r\n\r\n'],
    ['a bare CR in a chunk extension', '4;a\rb\r\nevil\r\n0\r\n\r\n'],
    ['a trailer without a colon', '4\r\nevil\r\n0\r\nx-end\r\n\r\n'],
  ])('%s breaks the answer off, and the connection is closed', async (_name, body) => {
    upstream?.setHostility((socket) => socket.write(CHUNKED + body))
    const answer = await scene().ask('/v1/odd')
    expect([answer.status, answer.complete]).toEqual([200, false])
    await expectNext(true)
  })

  test.each([
    ['interim answers, as many as are allowed', `${interims(16)}${OK}content-length: 2\r\n\r\nok`],
    ['two lengths that agree', `${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nok`],
    ['an encoded line end in a header', `${OK}x-a: %0d%0acontent-length: 9\r\ncontent-length: 2\r\n\r\nok`],
  ])('%s: one answer with one length, and the connection is kept', async (_name, bytes) => {
    upstream?.setHostility((socket) => socket.write(bytes))
    using client = scene().connect()
    client.send(`GET /v1/odd HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)
    const answer = await client.waitForClose()
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(answer.match(/^content-length: /gim)).toHaveLength(1)
    await expectNext(false)
  })

  test('interim answers without end cost no memory and end in a refusal', async () => {
    let written = 0
    upstream?.setHostility((socket) => {
      const flood = (): void => {
        while (!socket.destroyed && socket.write(interims(1000))) written += 1000
        if (!socket.destroyed) socket.once('drain', flood)
      }
      flood()
    })
    const answer = await scene().ask('/v1/flood')
    expect([answer.status, answer.headers['x-agent-proxy-refusal']]).toEqual([502, 'upstream_unreachable'])
    await waitUntil('the flood has begun', () => written > 0)
    await expectNext(true)
  })
})
