import { createSocket } from 'node:dgram'
import type { LookupOptions } from 'node:dns'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createUpstreamClient } from '../../../src/sidecar/worker/upstream-client.ts'
import {
  createNameServers,
  createUpstreamLookup,
  type NameServers,
  parseHosts,
  type UpstreamLookup,
} from '../../../src/sidecar/worker/upstream-lookup.ts'
import { upstreamOf } from '../../support/sidecar-launch.ts'

const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }))
const says =
  (...addresses: string[]) =>
  () =>
    Promise.resolve(addresses)

interface Outcome {
  readonly code?: string
  readonly found?: unknown
  readonly family?: number | undefined
}

function look(servers: Partial<NameServers>, name: string, options: LookupOptions = { all: true }): Promise<Outcome> {
  const all: NameServers = {
    resolve4: (wanted) => servers.resolve4?.(wanted) ?? fails('ENOTFOUND')(),
    resolve6: (wanted) => servers.resolve6?.(wanted) ?? fails('ENOTFOUND')(),
  }
  const lookup = createUpstreamLookup({ hosts: '192.0.2.9 known.example alias # 192.0.2.8 no.example\n', servers: all })
  return new Promise((resolve) => {
    lookup(name, options, (error, found, family) =>
      resolve(error === null ? { found, ...(family === undefined ? {} : { family }) } : { code: String(error.code) }),
    )
  })
}

const V4 = { address: '192.0.2.1', family: 4 }
const V6 = { address: '2001:db8::1', family: 6 }

describe('createUpstreamLookup()', () => {
  it.each<[string, Partial<NameServers>, string, LookupOptions, Outcome]>([
    [
      'both families, IPv4 first',
      { resolve4: says('192.0.2.1'), resolve6: says('2001:db8::1') },
      'a.example',
      { all: true },
      { found: [V4, V6] },
    ],
    [
      'one family where the other has none',
      { resolve6: says('2001:db8::1') },
      'a.example',
      { all: true },
      { found: [V6] },
    ],
    [
      'one address where one is wanted',
      { resolve4: says('192.0.2.1') },
      'a.example',
      {},
      { found: '192.0.2.1', family: 4 },
    ],
    [
      'the family that is wanted',
      { resolve4: says('192.0.2.1'), resolve6: says('2001:db8::1') },
      'a.example',
      { all: true, family: 6 },
      { found: [V6] },
    ],
    [
      'what /etc/hosts says, whatever the case',
      {},
      'ALIAS',
      { all: true },
      { found: [{ address: '192.0.2.9', family: 4 }] },
    ],
    ['a name in a comment of /etc/hosts is none', {}, 'no.example', { all: true }, { code: 'ENOTFOUND' }],
    [
      'loopback for localhost, without a question',
      {},
      'localhost',
      { all: true, family: 4 },
      { found: [{ address: '127.0.0.1', family: 4 }] },
    ],
    ['an unknown name', { resolve6: fails('ENODATA') }, 'a.example', { all: true }, { code: 'ENOTFOUND' }],
    ['servers that do not answer', { resolve4: fails('ETIMEOUT') }, 'a.example', { all: true }, { code: 'EAI_AGAIN' }],
    [
      'a family that the name has not',
      { resolve4: says('192.0.2.1') },
      'a.example',
      { all: true, family: 6 },
      { code: 'ENOTFOUND' },
    ],
  ])('gives %s', async (_title, servers, name, options, outcome) => {
    expect(await look(servers, name, options)).toEqual(outcome)
  })

  it('asks the given server and no other', async () => {
    const socket = createSocket('udp4')
    const asked: string[] = []
    socket.on('message', (question, from) => {
      asked.push(question.subarray(12).toString('latin1'))
      const answer = Buffer.from(question)
      answer.writeUInt16BE(0x8183, 2)
      socket.send(answer, from.port, from.address)
    })
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const servers = createNameServers([`127.0.0.1:${socket.address().port}`])
    expect(await look(servers, 'nobody.example')).toEqual({ code: 'ENOTFOUND' })
    expect(asked.some((text) => text.includes('nobody'))).toBe(true)
    socket.close()
  })
})

describe('parseHosts()', () => {
  it('leaves out what is no address', () => {
    expect([...parseHosts('# x\n\nnonsense a.example\n::1 localhost ip6-localhost').keys()]).toEqual([
      'localhost',
      'ip6-localhost',
    ])
  })
})

describe('createUpstreamClient() with a lookup', () => {
  const toLoopback: UpstreamLookup = (name, options, callback) => {
    asked.push(name)
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  let asked: string[] = []

  it.each([
    ['the upstream', undefined, 'upstream.example'],
    ['the corporate proxy', 'proxy.example', 'proxy.example'],
  ])('finds %s by it', async (_title, proxy, expected) => {
    asked = []
    const server = createServer().on('connect', (_request, socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const client = createUpstreamClient({
      proxyFor: () => (proxy === undefined ? undefined : new URL(`http://${proxy}:${port}`)),
      extraCa: [],
      idleTimeoutMs: 0,
      lookup: toLoopback,
    })
    const socket = await client.connect(upstreamOf(`http://upstream.example:${port}`))
    socket.destroy()
    server.close()
    expect(asked).toEqual([expected])
  })
})
