import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, createSecureContext, TLSSocket } from 'node:tls'

/** One end of a connection that goes nowhere: keeps what is written, gives what it is given. */
class Recorder extends Duplex {
  readonly written: Buffer[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.written.push(chunk)
    done()
  }
}

/** The ClientHello that Node's own TLS client sends, with its record head. */
export async function recordHello(options: ConnectionOptions): Promise<Buffer> {
  const recorder = new Recorder()
  const socket = connect({ ...options, socket: recorder })
  socket.on('error', () => undefined)
  while (recorder.written.length === 0) await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  return Buffer.concat(recorder.written)
}

const context = createSecureContext({})

/**
 * The server name that OpenSSL sees in the bytes.
 * @returns undefined when it sees none, or no ClientHello at all.
 */
export async function readNameWithOpenssl(bytes: Buffer): Promise<string | undefined> {
  const recorder = new Recorder()
  let name: string | undefined
  const socket = new TLSSocket(recorder, {
    isServer: true,
    secureContext: context,
    SNICallback: (servername, done) => {
      name = servername
      done(new Error('this is all that was wanted'))
    },
  })
  socket.on('error', () => undefined)
  recorder.push(bytes)
  // One turn reads the bytes, the next runs what follows from them.
  for (let turn = 0; turn < 3 && name === undefined; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  socket.destroy()
  return name
}
