import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { UPSTREAM_HOST } from '../wire-facts.ts'

export interface Target {
  readonly port: number
  /** True only for the contender `direct`: the client speaks TLS to the upstream itself. */
  readonly tls: boolean
  /** Credential that the client presents, as the value of `authorization`. */
  readonly authorization: string
  /** Where `port` is; absent: this machine. A name is looked up by {@link settleTarget}. */
  readonly host?: string
  /** Name in the certificate. */
  readonly serverName?: string
  /** A forward proxy on loopback is asked for a tunnel to `host` and `port`. */
  readonly proxyPort?: number
  /** Process whose network the load shall have, and the account it shall run under. */
  readonly namespace?: string
  readonly uid?: number
}

/** Any address will do: the rules send every question to the relay. */
const SOME_NAME_SERVER = '192.0.2.53'

/** The target with an address in place of its name, asked for once as programs do. */
export async function settleTarget(target: Target): Promise<Target> {
  const { host, proxyPort } = target
  if (host === undefined || proxyPort !== undefined || isIP(host) !== 0) return target
  const resolver = new Resolver()
  resolver.setServers([SOME_NAME_SERVER])
  const [address] = await resolver.resolve4(host)
  if (address === undefined) throw new Error(`${host} has no address`)
  return { ...target, host: address }
}

/** Opens a connection whose bytes go to `onBytes`. The buffer given is valid during the call only. */
export function openConnection(target: Target, onBytes: (bytes: Buffer) => void): Promise<Socket> {
  if (target.proxyPort !== undefined) return openTunnelled(target, onBytes)
  return new Promise((resolve, reject) => {
    const socket = target.tls ? dialTls(target, onBytes) : dialPlain(target, onBytes)
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once(target.tls ? 'secureConnect' : 'connect', () => resolve(socket))
  })
}

/** A connection through the tunnel of a forward proxy. */
async function openTunnelled(target: Target, onBytes: (bytes: Buffer) => void): Promise<Socket> {
  if (!target.tls) {
    const head = createTunnelHead()
    const socket = dialPlain({ ...target, host: '127.0.0.1', port: target.proxyPort ?? 0 }, (bytes) => {
      if (head.isWhole()) onBytes(bytes)
      else head.push(bytes)
    })
    socket.setNoDelay(true)
    await once(socket, 'connect')
    socket.write(renderConnect(target))
    await head.whole
    return socket
  }
  const socket = connectTls({
    socket: await openTunnel(target),
    servername: target.serverName ?? UPSTREAM_HOST,
    rejectUnauthorized: false,
  })
  socket.on('data', onBytes)
  await once(socket, 'secureConnect')
  return socket
}

/** Asks the forward proxy for a tunnel and resolves when it is there. */
async function openTunnel(target: Target): Promise<Socket> {
  const socket = connectPlain({ host: '127.0.0.1', port: target.proxyPort ?? 0, noDelay: true })
  const head = createTunnelHead()
  socket.on('data', head.push)
  socket.once('error', head.fail)
  socket.once('close', () => head.fail(new Error('The proxy closed instead of answering')))
  socket.write(renderConnect(target))
  await head.whole
  socket.off('data', head.push)
  return socket
}

/** What one answer to CONNECT may take; a tunnel that is only opened brings nothing else. */
const probeBuffer = Buffer.allocUnsafeSlow(4096)

/** Opens a tunnel and closes it; without a proxy, a connection. Resolves when it is there. */
export function probeTunnel({ host = '127.0.0.1', port, proxyPort }: Target, request: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const callback = (length: number): boolean => {
      socket.destroy()
      const answer = probeBuffer.toString('latin1', 0, length)
      if (answer.startsWith('HTTP/1.1 200') && answer.endsWith('\r\n\r\n')) resolve()
      else reject(new Error(`The tunnel was refused: ${answer.slice(0, 40)}`))
      return true
    }
    const onread = { buffer: probeBuffer, callback }
    const at = proxyPort === undefined ? { host, port } : { host: '127.0.0.1', port: proxyPort }
    const socket = connectPlain({ ...at, noDelay: true, onread })
    socket.once('error', reject)
    if (proxyPort !== undefined) {
      socket.once('end', () => reject(new Error('The proxy closed instead of answering')))
      socket.write(request)
      return
    }
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** The head that asks a forward proxy for a tunnel. */
export function renderConnect({ host = '127.0.0.1', port }: Target): string {
  return `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\nUser-Agent: bench\r\n\r\n`
}

function createTunnelHead() {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let text = ''
  let isWhole = false
  return {
    whole: promise,
    isWhole: () => isWhole,
    fail: reject,
    push(bytes: Buffer): void {
      text += bytes.toString('latin1')
      isWhole = text.endsWith('\r\n\r\n')
      if (!isWhole) return
      if (/^HTTP\/1\.[01] 200 /.test(text)) resolve()
      else reject(new Error(`The tunnel was refused: ${text.slice(0, 40)}`))
    },
  }
}

// One reused read buffer: the generator must cost less than what it measures.
function dialPlain(target: Target, onBytes: (bytes: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const onread = {
    buffer,
    callback: (bytes: number) => {
      onBytes(buffer.subarray(0, bytes))
      return true
    },
  }
  return connectPlain({ host: target.host ?? '127.0.0.1', port: target.port, onread })
}

function dialTls(target: Target, onBytes: (bytes: Buffer) => void): Socket {
  const socket = connectTls({
    host: target.host ?? '127.0.0.1',
    port: target.port,
    servername: target.serverName ?? UPSTREAM_HOST,
    rejectUnauthorized: false,
  })
  socket.on('data', onBytes)
  return socket
}

/** Request bytes as an SDK writes them: thirteen fields, JSON body. */
export function renderRequest(target: Target, path: string, body: Buffer): Buffer {
  const fields = [
    `POST /v1/${path} HTTP/1.1`,
    `host: 127.0.0.1:${target.port}`,
    'accept: application/json',
    'content-type: application/json',
    'user-agent: OpenAI/JS 6.1.0',
    'x-stainless-lang: js',
    'x-stainless-package-version: 6.1.0',
    'x-stainless-os: Linux',
    'x-stainless-arch: x64',
    'x-stainless-runtime: node',
    'x-stainless-runtime-version: v24.0.0',
    'x-stainless-retry-count: 0',
    `authorization: ${target.authorization}`,
    `content-length: ${body.length}`,
  ]
  return Buffer.concat([Buffer.from(`${fields.join('\r\n')}\r\n\r\n`), body])
}

/** A JSON body of exactly `bytes` bytes that names a model, as the meters of a sidecar read it. */
export function renderBody(bytes: number, stream: boolean): Buffer {
  const shell = JSON.stringify({ model: 'gpt-bench', stream, input: '' })
  return Buffer.from(
    JSON.stringify({ model: 'gpt-bench', stream, input: 'x'.repeat(Math.max(0, bytes - shell.length)) }),
  )
}
