import type { Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { HostileRequest } from './hostile-provider.ts'

export type Misbehave = (socket: Socket, request: HostileRequest) => void

export type Hostility = keyof typeof HOSTILITIES

const STREAM_HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n'
const FIRST_EVENT = 'event: first\ndata: {"n":1}\n\n'
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: x\r\n\r\n'

/** Everything an upstream, or what sits before it, is known to do wrong. One row each; none of them waits on a clock but the drip. */
export const HOSTILITIES = {
  behaves: (socket) => socket.write(whole(200, 'fine')),
  'reset-before-head': (socket) => socket.resetAndDestroy(),
  'close-before-head': (socket) => socket.end(),
  'half-open': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
  'never-answers': () => undefined,
  'cut-in-head': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-ty'),
  'cut-in-body': (socket) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${'x'.repeat(100)}`),
  'cut-in-stream': (socket) => socket.end(STREAM_HEAD + chunk(FIRST_EVENT)),
  'reset-in-stream': (socket) => socket.write(STREAM_HEAD + chunk(FIRST_EVENT), () => socket.resetAndDestroy()),
  'stalls-in-stream': (socket) => socket.write(STREAM_HEAD + chunk(FIRST_EVENT)),
  'slow-drip': (socket) => drip(socket, whole(200, 'slow'), 20),
  'single-bytes': (socket) => drip(socket, STREAM_HEAD + chunk(FIRST_EVENT) + chunk(''), 0),
  'bad-chunk-size': (socket) => socket.write(`${STREAM_HEAD}zz\r\nnot hex\r\n`),
  'content-length-and-chunked': (socket) =>
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n${chunk('evil')}${chunk('')}`,
    ),
  'two-content-lengths': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 9\r\n\r\nevil12345'),
  'huge-header': (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nx-huge: ${'h'.repeat(512 * 1024)}\r\ncontent-length: 0\r\n\r\n`),
  'many-headers': (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\n${'x-many: 1\r\n'.repeat(5000)}content-length: 0\r\n\r\n`),
  'invalid-header-byte': (socket) => socket.write('HTTP/1.1 200 OK\r\nx-bad: a\0b\r\ncontent-length: 0\r\n\r\n'),
  'garbage-instead-of-http': (socket) =>
    socket.end(Buffer.from([0x16, 0x03, 0x01, 0x00, 0xff, 0x0d, 0x0a, 0x0d, 0x0a])),
  'content-length-too-short': (socket) =>
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 EVIL\r\n\r\n'),
  'http-1.0-until-close': (socket) => socket.end('HTTP/1.0 200 OK\r\ncontent-type: text/plain\r\n\r\nuntil close'),
  'no-content-with-body': (socket) => socket.write('HTTP/1.1 204 No Content\r\ncontent-length: 4\r\n\r\nevil'),
  'switching-unasked': (socket) => socket.write(`${SWITCHING}surprise`),
  'garbage-after-upgrade': (socket) => socket.end(`${SWITCHING}\xff\x00\x13garbage`),
  'cut-after-upgrade': (socket) => socket.write(SWITCHING, () => socket.resetAndDestroy()),
  'refuses-upgrade': (socket) => socket.write(whole(403, '{"error":{"message":"no upgrade here"}}')),
  'ok-to-upgrade': (socket) => socket.write(whole(200, 'not switching')),
  'gzip-bomb': (socket) => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    socket.write(
      `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`,
    )
    socket.write(bomb)
  },
  'broken-gzip': (socket) =>
    socket.write(
      'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\ncontent-length: 8\r\n\r\nnot gzip',
    ),
  'continue-100': (socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${whole(200, 'continued')}`),
  'early-hints-103': (socket) => socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${whole(200, 'hinted')}`),
  trailers: (socket) =>
    socket.write(
      `HTTP/1.1 200 OK\r\ntrailer: x-end\r\ntransfer-encoding: chunked\r\n\r\n${chunk('body')}0\r\nx-end: yes\r\n\r\n`,
    ),
  'unauthorized-once': (socket, { count }) =>
    socket.write(count === 1 ? whole(401, '{"error":{"message":"expired"}}') : whole(200, 'ok')),
  'misdirected-once': (socket, { count }) =>
    socket.write(count === 1 ? whole(421, 'Misdirected Request') : whole(200, 'ok')),
  'redirect-elsewhere': (socket, { redirectTo }) =>
    socket.write(`HTTP/1.1 307 Temporary Redirect\r\nlocation: ${redirectTo}/stolen\r\ncontent-length: 0\r\n\r\n`),
  'echo-credential': (socket, { head }) => {
    const credential = /^(?:authorization|x-api-key|api-key|x-goog-api-key):\s*(.+)$/im.exec(head)?.[1] ?? ''
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${credential}` } })
    socket.write(`HTTP/1.1 401 Unauthorized\r\nx-echo: ${credential}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
  },
  'too-large-at-head': (socket) =>
    socket.end(`${whole(413, 'too large').replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n')}`),
} as const satisfies Readonly<Record<string, Misbehave>>

function whole(status: number, body: string): string {
  return `HTTP/1.1 ${status} Fake\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

function drip(socket: Socket, text: string, everyMs: number): void {
  const [first = '', ...rest] = text
  socket.write(first)
  if (rest.length === 0 || socket.destroyed) return
  const next = (): void => drip(socket, rest.join(''), everyMs)
  if (everyMs === 0) setImmediate(next)
  else setTimeout(next, everyMs)
}
