import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { waitUntil } from './wait-until.ts'

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>> | readonly string[]
  readonly body?: string | Buffer
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly text: string
  /** False when the connection ended before the answer did. */
  readonly complete: boolean
}

/** One request on a connection of its own, read to its end, whole or cut. Rejects when no head of an answer comes. */
export async function ask(url: string, asked: Asked = {}): Promise<Answer> {
  const response = await open(url, asked)
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('error', () => undefined)
  if (!response.closed) await new Promise((resolve) => response.once('close', resolve))
  return renderAnswer(response, Buffer.concat(chunks))
}

/** The same, but resolves with the head; the body is the caller's. */
export function open(url: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const given = Array.isArray(headers) ? [...headers] : { ...headers }
    const request = httpRequest(url, { method, headers: given, agent: false, maxHeaderSize: 1024 * 1024 }, resolve)
    request.on('error', reject)
    request.end(body)
  })
}

function renderAnswer(response: IncomingMessage, body: Buffer): Answer {
  const { headers, rawHeaders, complete } = response
  return { status: response.statusCode ?? 0, headers, rawHeaders, body, text: body.toString('utf8'), complete }
}

/** A connection for bytes as the test wants them. */
export class RawConnection implements Disposable {
  readonly socket: Socket
  #received = ''
  isClosed = false

  constructor(port: number, host = '127.0.0.1') {
    this.socket = connect(port, host)
    this.socket.setNoDelay(true)
    this.socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.isClosed = true
    })
  }

  /** Everything received so far, one character per byte. */
  get received(): string {
    return this.#received
  }

  send(bytes: string | Buffer): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  }

  waitFor(text: string): Promise<string> {
    return waitUntil(`${JSON.stringify(text)} arrives`, () => {
      if (this.#received.includes(text)) return this.#received
      if (this.isClosed) throw new Error(`The connection ended after ${JSON.stringify(this.#received.slice(0, 500))}`)
      return undefined
    })
  }

  /** Resolves with everything received once the other side has closed. */
  async waitForClose(): Promise<string> {
    if (!this.isClosed) await once(this.socket, 'close')
    return this.#received
  }

  [Symbol.dispose](): void {
    this.socket.destroy()
  }
}
