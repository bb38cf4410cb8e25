import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { Agent, request } from 'undici'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createHostileProvider } from '../fakes/hostile-provider.ts'
import type { Hostility } from '../fakes/hostilities.ts'

async function readUntilClosed(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.on('error', () => chunks.push(Buffer.from('<reset>')))
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer secret\r\n\r\n')
  await new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return Buffer.concat(chunks).toString('latin1')
}

const CLOSING: readonly (readonly [Hostility, RegExp])[] = [
  ['reset-before-head', /^<reset>$/],
  ['close-before-head', /^$/],
  ['cut-in-head', /content-ty$/],
  ['cut-in-body', /content-length: 1000\r\n\r\nx{100}$/],
  ['cut-in-stream', /data: {"n":1}\n\n\r\n$/],
  ['reset-in-stream', /data: {"n":1}\n\n\r\n<reset>$/],
  ['cut-after-upgrade', /^HTTP\/1\.1 101 [^<]*\r\n\r\n<reset>$/],
  ['garbage-after-upgrade', /^HTTP\/1\.1 101 /],
]

describe('createHostileProvider()', () => {
  test.each(CLOSING)('%s leaves exactly its bytes on the wire', async (hostility, wire) => {
    await using hostile = await createHostileProvider({ hostility })
    expect(await readUntilClosed(hostile.port)).toMatch(wire)
    expect(hostile.requests).toHaveLength(1)
  })

  test('unauthorized-once refuses the first request and serves the second', async () => {
    await using hostile = await createHostileProvider({ hostility: 'unauthorized-once' })
    const ask = async () => {
      const { statusCode, body } = await request(hostile.origin)
      await body.dump()
      return statusCode
    }
    expect([await ask(), await ask()]).toEqual([401, 200])
  })

  test('echo-credential gives the credential back in header and body', async () => {
    await using hostile = await createHostileProvider({ hostility: 'echo-credential' })
    const answer = await request(hostile.origin, { headers: { authorization: 'Bearer secret' } })
    expect(answer.headers['x-echo']).toBe('Bearer secret')
    expect(await answer.body.text()).toContain('Bearer secret')
  })

  test.each(['untrusted', 'wrong-name'] as const)('%s TLS fails verification', async (tls) => {
    await using hostile = await createHostileProvider({ hostility: 'behaves', tls })
    const dispatcher = new Agent({ connect: { ca: sharedAuthority().ca } })
    await expect(request(hostile.origin, { dispatcher })).rejects.toThrow(/certificate|altnames/)
    await dispatcher.close()
  })
})
