import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { UPSTREAM_HOST } from '../wire-facts.ts'

export interface Target {
  readonly port: number
  /** True only for the contender `direct`: the client speaks TLS to the upstream itself. */
  readonly tls: boolean
  /** Credential that the client presents, as the value of `authorization`. */
  readonly authorization: string
}

/** Opens a connection whose bytes go to `onBytes`. The buffer given is valid during the call only. */
export function openConnection(target: Target, onBytes: (bytes: Buffer) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = target.tls ? dialTls(target, onBytes) : dialPlain(target, onBytes)
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once(target.tls ? 'secureConnect' : 'connect', () => resolve(socket))
  })
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
  return connectPlain({ host: '127.0.0.1', port: target.port, onread })
}

function dialTls(target: Target, onBytes: (bytes: Buffer) => void): Socket {
  const socket = connectTls({
    host: '127.0.0.1',
    port: target.port,
    servername: UPSTREAM_HOST,
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
