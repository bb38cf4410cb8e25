import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Answer } from '../../../src/sidecar/worker/client/answer.ts'
import { ClientConnections } from '../../../src/sidecar/worker/client/client-connections.ts'
import type { ClientRequest } from '../../../src/sidecar/worker/client/client-request.ts'
import type { ClientTunnel } from '../../../src/sidecar/worker/client/client-tunnel.ts'
import { RawConnection } from '../../support/http-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

type Script = (request: ClientRequest, answer: Answer, body: string) => void

const LIMITS = { headMs: 10_000, idleMs: 20_000, lingerMs: 5000 }

let server: Server
let connections: ClientConnections
const accepted: Socket[] = []
let script: Script
let tunnels: ClientTunnel[] = []
/** Requests as they came, and what became of them. */
let log: string[] = []

/** Reads the whole body, then lets the script answer. */
function serve(request: ClientRequest, answer: Answer): void {
  const { method, target, framing } = request.head
  let body = ''
  if (target === '/early') {
    request.receiver = { onData: () => undefined, onEnd: () => undefined, onLeave: () => log.push('left /early') }
    reply(request, answer, body)
    return
  }
  answer.onGone = () => log.push(`gone ${target}`)
  const run = (): void => {
    log.push(`${method} ${target} ${body}`)
    script(request, answer, body)
  }
  if (framing.kind === 'none') {
    run()
    return
  }
  request.connection.sendContinue()
  request.receiver = {
    onData: (bytes) => {
      body += bytes.toString('latin1')
    },
    onEnd: run,
    onLeave: () => log.push(`left ${target}`),
  }
}

const reply: Script = (request, answer, body) => {
  const text = `${request.head.target}:${body}`
  answer.sendHead(200, 'Fine', ['date', 'today', 'content-length', String(text.length)])
  answer.end(Buffer.from(text))
}

beforeAll(async () => {
  connections = new ClientConnections(
    {
      keepAliveSeconds: 7,
      onRequest: serve,
      onUpgrade: (_request, tunnel) => void tunnels.push(tunnel),
      renderRaw: (code, status = 400) => `HTTP/1.1 ${status} Refused\r\nx-code: ${code}\r\nconnection: close\r\n\r\n`,
    },
    LIMITS,
  )
  server = createServer({ pauseOnConnect: true }, (socket) => accepted.push(connections.accept(socket)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => {
  for (const socket of accepted) socket.destroy()
  server.close()
})

function open(given: Script = reply): RawConnection {
  script = given
  log = []
  tunnels = []
  return new RawConnection((server.address() as AddressInfo).port)
}

const HEAD = 'Host: h\r\n'
const CLOSE = `GET /last HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`
const KEPT =
  'HTTP/1.1 200 Fine\r\ndate: today\r\ncontent-length: N\r\nconnection: keep-alive\r\nkeep-alive: timeout=7\r\n\r\n'
const kept = (text: string): string => KEPT.replace('N', String(text.length)) + text
const LAST = 'HTTP/1.1 200 Fine\r\ndate: today\r\ncontent-length: 6\r\nconnection: close\r\n\r\n/last:'

/** Sends pieces, each in a write of its own that has left before the next. */
async function send(client: RawConnection, ...pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise((resolve) => client.socket.write(Buffer.from(piece, 'latin1'), resolve))
    await new Promise(setImmediate)
  }
}

describe('ClientConnection: one request after another', () => {
  const wire = `POST /a HTTP/1.1\r\n${HEAD}Content-Length: 5\r\n\r\nhelloPOST /b HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n${CLOSE}`
  const answers = kept('/a:hello') + kept('/b:abcde') + LAST

  test('two pieces give the same answers wherever the bytes are cut', async () => {
    for (let cut = 0; cut <= wire.length; cut += 1) {
      using client = open()
      await send(client, wire.slice(0, cut), wire.slice(cut))
      expect(await client.waitForClose()).toBe(answers)
      expect(log).toEqual(['POST /a hello', 'POST /b abcde', 'GET /last '])
    }
  })

  test('so do single bytes', async () => {
    using client = open()
    await send(client, ...wire)
    expect(await client.waitForClose()).toBe(answers)
  })

  test('the next request waits until the answer before it has ended', async () => {
    const held: Answer[] = []
    using client = open((request, answer, body) => {
      if (request.head.target === '/slow') held.push(answer)
      else reply(request, answer, body)
    })
    client.send(`GET /slow HTTP/1.1\r\n${HEAD}\r\n${CLOSE}`)
    await waitUntil('the first request is there', () => held.length === 1)
    client.send('bytes behind the last request')
    expect(log).toEqual(['GET /slow '])
    held[0]?.sendHead(204, undefined, [])
    held[0]?.end()
    expect(await client.waitForClose()).toMatch(/^HTTP\/1\.1 204 No Content\r\n[\s\S]*\/last:$/)
  })

  test('a thousand pipelined requests need no deep stack', async () => {
    using client = open()
    client.send(`GET /x HTTP/1.1\r\n${HEAD}\r\n`.repeat(1000) + CLOSE)
    expect(await client.waitForClose()).toBe(kept('/x:').repeat(1000) + LAST)
  })

  test('an answer that comes before the body is whole keeps the connection, and the rest of the body is no request', async () => {
    using client = open()
    const body = `GET /smuggled HTTP/1.1\r\n${HEAD}\r\n`
    client.send(`POST /early HTTP/1.1\r\n${HEAD}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}`)
    await client.waitFor('/early:')
    client.send(body.slice(9) + CLOSE)
    expect(await client.waitForClose()).toBe(kept('/early:') + LAST)
    expect(log).toEqual(['GET /last '])
  })
})

describe('ClientConnection: an answer that ends the connection before the body is whole', () => {
  test('is a whole one, and nobody is told that the client left', async () => {
    using client = open()
    client.send(`POST /early HTTP/1.1\r\n${HEAD}Connection: close\r\nContent-Length: 9\r\n\r\nhalf`)
    expect(await client.waitForClose()).toMatch(/connection: close\r\n\r\n\/early:$/)
    expect(log).toEqual([])
  })
})

describe('ClientConnection: how an answer is framed', () => {
  const stream: Script = (_request, answer) => {
    answer.sendHead(200, 'Fine', ['date', 'today'])
    answer.write(Buffer.from('one'))
    answer.write(Buffer.alloc(0))
    answer.end(Buffer.from('two'))
  }
  const bare = 'HTTP/1.1 200 Fine\r\ndate: today\r\n'

  test('by chunks where there is no length', async () => {
    using client = open(stream)
    client.send(`GET / HTTP/1.1\r\n${HEAD}Connection: close\r\n\r\n`)
    expect(await client.waitForClose()).toBe(
      `${bare}transfer-encoding: chunked\r\nconnection: close\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n`,
    )
  })

  test('by the end of the connection for HTTP/1.0, also when it asks to keep it', async () => {
    using client = open(stream)
    client.send('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
    expect(await client.waitForClose()).toBe(`${bare}connection: close\r\n\r\nonetwo`)
  })

  test('by its length for HTTP/1.0, which may keep the connection', async () => {
    using client = open()
    client.send('GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /last HTTP/1.0\r\n\r\n')
    expect(await client.waitForClose()).toBe(kept('/a:') + LAST)
  })

  test.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('without a body for %s and %i', async (method, status) => {
    using client = open((request, answer, body) => {
      if (request.head.target === '/last') return reply(request, answer, body)
      answer.sendHead(status, 'X', ['date', 'today'])
      answer.write(Buffer.from('ignored'))
      answer.end(Buffer.from('ignored'))
    })
    client.send(`${method} / HTTP/1.1\r\n${HEAD}\r\n${CLOSE}`)
    expect(await client.waitForClose()).toBe(
      `HTTP/1.1 ${status} X\r\ndate: today\r\nconnection: keep-alive\r\nkeep-alive: timeout=7\r\n\r\n${LAST}`,
    )
  })

  test('with a date where the upstream gave none', async () => {
    using client = open((_request, answer) => {
      answer.sendHead(200, undefined, [])
      answer.end()
    })
    client.send(CLOSE)
    expect(await client.waitForClose()).toMatch(/\r\ndate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/)
  })

  const half: Script = (_request, answer) => {
    answer.sendHead(200, undefined, [])
    answer.write(Buffer.from('half'))
    setImmediate(() => answer.destroy())
  }

  test('broken off without its last chunk', async () => {
    using client = open(half)
    client.send(`GET / HTTP/1.1\r\n${HEAD}\r\n`)
    expect(await client.waitForClose()).toMatch(/\r\n\r\n4\r\nhalf\r\n$/)
  })

  test('broken off by a reset for HTTP/1.0, where a clean end would look whole', async () => {
    using client = open(half)
    client.send('GET / HTTP/1.0\r\n\r\n')
    await expect(client.waitForClose()).rejects.toThrow(/ECONNRESET/)
  })
})

describe('ClientConnection: what is no request', () => {
  test.each([
    ['garbage', '\x16\x03\x01', 400],
    ['a malformed head', `GET / HTTP/1.1\r\n${HEAD}X : y\r\n\r\n${CLOSE}`, 400],
    ['CONNECT', `CONNECT a:1 HTTP/1.1\r\n${HEAD}\r\n`, 400],
    ['an unknown expectation', `POST / HTTP/1.1\r\n${HEAD}Expect: x\r\nContent-Length: 1\r\n\r\n1`, 417],
    ['a malformed chunk', `POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n${CLOSE}`, 400],
    [
      'an endless chunk extension',
      `POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(2000)}\r\na\r\n0\r\n\r\n`,
      400,
    ],
  ])('%s is refused and the connection closed', async (_name, wire, status) => {
    using client = open()
    client.send(wire)
    expect(await client.waitForClose()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} Refused\r\n`))
    expect(log.filter((line) => !line.startsWith('left') && !line.startsWith('gone'))).toEqual([])
  })

  test('a half of a request is refused when its client ends', async () => {
    using client = open()
    client.socket.end('GET / HTTP/1.1\r\nHos')
    expect(await client.waitForClose()).toContain('x-code: malformed_request')
  })

  test('the refusal arrives although the client goes on sending', async () => {
    using client = open()
    client.send(`BREW / HTTP/1.1\r\n\r\n${'x'.repeat(200_000)}`)
    await client.waitFor('x-code: malformed_request')
    client.send('x'.repeat(200_000))
    await client.waitForClose()
  })

  test('garbage behind a request under way ends that one', async () => {
    using client = open(() => undefined)
    client.send(`GET /under-way HTTP/1.1\r\n${HEAD}\r\n\0`)
    await client.waitForClose()
    expect(log).toEqual(['GET /under-way ', 'gone /under-way'])
  })
})

describe('ClientConnection: a client that leaves', () => {
  test.each(['destroy', 'resetAndDestroy'] as const)('by %s while it waits ends what was asked', async (how) => {
    using client = open(() => undefined)
    client.send(`GET /wait HTTP/1.1\r\n${HEAD}\r\n`)
    await waitUntil('the request is there', () => log.length === 1)
    client.socket[how]()
    await waitUntil('it is known', () => log.includes('gone /wait'))
  })

  test('in its body is told to who receives it', async () => {
    using client = open()
    client.send(`POST /half HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\n12345`)
    await waitUntil('it is sent', () => client.socket.bytesWritten > 0 && client.socket.writableLength === 0)
    client.socket.end()
    await waitUntil('it is known', () => log.includes('left /half'))
    expect(log).toEqual(['gone /half', 'left /half'])
  })
})

describe('ClientConnection: Expect', () => {
  test('100-continue is answered before the body is sent', async () => {
    using client = open()
    client.send(`POST /a HTTP/1.1\r\n${HEAD}Expect: 100-continue\r\nContent-Length: 4\r\nConnection: close\r\n\r\n`)
    await client.waitFor('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('body')
    expect(await client.waitForClose()).toMatch(/\/a:body$/)
  })
})

describe('ClientConnection: time limits', () => {
  const later = (milliseconds: number): void => connections.check(performance.now() + milliseconds)

  test('a head that is never finished is refused, and not before', async () => {
    using client = open()
    client.send(`${CLOSE.slice(0, -2)}X: y`)
    await waitUntil('it is sent', () => client.socket.bytesWritten > 0 && client.socket.writableLength === 0)
    await new Promise((resolve) => setImmediate(resolve))
    connections.check(performance.now())
    await waitUntil('the time is over', () => {
      later(LIMITS.headMs * 3)
      return client.received !== ''
    })
    expect(await client.waitForClose()).toContain('x-code: malformed_request')
    connections.check(performance.now())
  })

  test('a connection without a request is closed without a word, one with a request is not', async () => {
    using busy = open(() => undefined)
    using idle = new RawConnection((server.address() as AddressInfo).port)
    busy.send(`GET /busy HTTP/1.1\r\n${HEAD}\r\n`)
    await waitUntil('the request is there', () => log.length === 1)
    await waitUntil('the idle one is closed', () => {
      later(LIMITS.idleMs * 3)
      return idle.isClosed
    })
    expect([idle.received, busy.isClosed]).toEqual(['', false])
    connections.check(performance.now())
  })

  test('a client that does not close after the last answer is closed', async () => {
    using client = open()
    client.socket.allowHalfOpen = true
    client.send(CLOSE)
    await client.waitFor('/last:')
    await waitUntil('it is closed', () => {
      later(LIMITS.lingerMs * 3)
      client.socket.write('x')
      return client.isClosed
    })
    connections.check(performance.now())
  })
})

describe('ClientConnection: an upgrade', () => {
  test('hands the socket over with the bytes that came early, those that follow behind them', async () => {
    using client = open()
    const head = `GET /ws HTTP/1.1\r\n${HEAD}Connection: upgrade\r\nUpgrade: websocket\r\n\r\n`
    client.send(`${head}early`)
    await waitUntil('it is handed over', () => tunnels.length === 1)
    await send(client, ' later')
    let text = ''
    tunnels[0]?.read((bytes) => {
      text += bytes.toString('latin1')
      tunnels[0]?.socket.write(bytes.toString('latin1').toUpperCase())
    })
    await send(client, ' last')
    await client.waitFor('LAST')
    expect(text).toBe('early later last')
  })
})
