import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { REAL_CREDENTIAL, WEBSOCKET_REPLY, WEBSOCKET_REQUEST_BYTES } from '../wire-facts.ts'
import * as answers from './answers.ts'
import { type RequestHead, readRequests } from './request-reader.ts'

/**
 * Process: the fake provider. Arguments: certificate and key files; for the egress rows also an address, a plain, a TLS and a silent port. Prints `{"plain":port,"tls":port,"silent":port}` and serves until killed.
 * It refuses every request that does not carry the real credential, so a contender that does not inject cannot look fast.
 */
const PIECE = Buffer.alloc(64 * 1024, 0x61)
const FLAT_PIECE = Buffer.from(answers.renderEvent(answers.readStamp()).repeat(32))

function serve(socket: Socket): void {
  let target = ''
  let allowed = false
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  readRequests(socket, {
    onHead: (head) => {
      target = head.target
      allowed = isAllowed(head)
      if (!allowed || !target.includes('/websocket')) return 'http'
      socket.write(answers.renderSwitch(head.text))
      return 'raw'
    },
    onEnd: () => answer(socket, target, allowed),
    onRaw: createEcho(socket),
  })
}

function isAllowed(head: RequestHead): boolean {
  return head.text.includes(REAL_CREDENTIAL)
}

function answer(socket: Socket, target: string, allowed: boolean): void {
  if (!allowed) socket.write(answers.UNAUTHORIZED)
  else if (target.includes('/small')) socket.write(answers.SMALL_ANSWER)
  else if (target.includes('/upload')) socket.write(answers.UPLOADED)
  else if (target.includes('/download')) void sendBytes(socket, readNumber(target, 'bytes'))
  else if (target.includes('/flat')) void sendFlat(socket, readNumber(target, 'bytes'))
  else sendPaced(socket, readNumber(target, 'events'), readNumber(target, 'interval'))
}

const readNumber = (target: string, name: string): number =>
  Number(new URLSearchParams(target.slice(target.indexOf('?') + 1)).get(name) ?? 0)

const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      socket.off('drain', settle)
      socket.off('close', settle)
      resolve()
    }
    socket.on('drain', settle)
    socket.on('close', settle)
  })

async function sendBytes(socket: Socket, bytes: number): Promise<void> {
  socket.write(answers.renderDownloadHead(bytes))
  for (let left = bytes; left > 0 && !socket.destroyed; left -= PIECE.length) {
    if (!socket.write(left < PIECE.length ? PIECE.subarray(0, left) : PIECE)) await drained(socket)
  }
}

async function sendFlat(socket: Socket, bytes: number): Promise<void> {
  socket.write(answers.STREAM_HEAD)
  for (let left = bytes; left > 0 && !socket.destroyed; left -= FLAT_PIECE.length) {
    if (!socket.write(FLAT_PIECE)) await drained(socket)
  }
  socket.write(answers.STREAM_END)
}

/** `events` of 0 means: one event, then silence for ever. */
function sendPaced(socket: Socket, events: number, intervalMs: number): void {
  socket.write(answers.STREAM_HEAD)
  socket.write(answers.renderEvent(answers.readStamp()))
  if (events === 0) return
  let left = events - 1
  const timer = setInterval(() => {
    left -= 1
    socket.write(answers.renderEvent(answers.readStamp()))
    if (left > 0) return
    clearInterval(timer)
    socket.write(answers.STREAM_END)
  }, intervalMs)
  socket.once('close', () => clearInterval(timer))
}

function createEcho(socket: Socket): (bytes: Buffer) => void {
  let waiting = 0
  return (bytes) => {
    waiting += bytes.length
    while (waiting >= WEBSOCKET_REQUEST_BYTES) {
      waiting -= WEBSOCKET_REQUEST_BYTES
      socket.write(WEBSOCKET_REPLY)
    }
  }
}

const listen = (server: Server, port: string): Promise<number> =>
  new Promise((resolve) => {
    server.listen(Number(port), address, 4096, () => resolve((server.address() as AddressInfo).port))
  })

const [certFile = '', keyFile = '', address = '127.0.0.1', ...ports] = process.argv.slice(2)
const [plainPort = '0', tlsPort = '0', silentPort = '0'] = ports
const plain = await listen(createPlainServer({ noDelay: true }, serve), plainPort)
const tls = await listen(
  createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile), noDelay: true }, serve),
  tlsPort,
)
// Tunnels that are only opened: a TLS session for each would make the load the slowest part of what is measured.
const silent = await listen(
  createPlainServer((socket) => socket.on('error', () => undefined).resume()),
  silentPort,
)
console.log(JSON.stringify({ plain, tls, silent }))
