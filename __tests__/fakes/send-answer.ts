import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { constants, createGzip, type Gzip } from 'node:zlib'
import type { FakeAnswer, HeaderMap, ServerEvent } from './exchange.ts'
import type { FakeProviderOptions } from './fake-provider.ts'
import type { RecordedRequest } from './recording.ts'
import { createFrameParser, deriveAcceptKey, type Frame, OPCODE, renderFrame } from './websocket-frames.ts'

export interface HttpExchange {
  readonly request: RecordedRequest
  readonly response: ServerResponse
  readonly options: FakeProviderOptions
}

/** Writes an answer to a plain HTTP exchange. A WebSocket answer to a request that was no upgrade becomes 426. */
export async function sendAnswer(answer: FakeAnswer, exchange: HttpExchange): Promise<void> {
  const { request, response, options } = exchange
  response.on('close', () => {
    request.aborted = !response.writableFinished
  })
  if (answer.kind === 'silence') return
  if (answer.kind === 'bytes') return sendBytes(answer, exchange)
  const packed = packs(request, options)
  if (answer.kind === 'events') {
    request.status = 200
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...answer.headers,
    }
    response.writeHead(200, packed ? { ...headers, 'content-encoding': 'gzip' } : headers)
    return sendEvents(answer.events, exchange)
  }
  const { status, headers, body } = renderWhole(answer)
  request.status = status
  if (packed) return sendPacked({ status, headers, body }, response)
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

async function sendBytes(answer: FakeAnswer & { kind: 'bytes' }, { request, response }: HttpExchange): Promise<void> {
  request.status = answer.status
  response.writeHead(answer.status, answer.headers)
  for (const chunk of answer.chunks) {
    await setImmediate()
    if (response.destroyed) return
    response.write(chunk)
  }
  response.end()
}

function packs(request: RecordedRequest, options: FakeProviderOptions): boolean {
  if (options.compress === 'always') return true
  return options.compress === 'when-asked' && /\bgzip\b/.test(request.header('accept-encoding') ?? '')
}

interface WholeAnswer {
  readonly status: number
  readonly headers: HeaderMap
  readonly body: string
}

function renderWhole(answer: Exclude<FakeAnswer, { kind: 'events' | 'bytes' | 'silence' }>): WholeAnswer {
  switch (answer.kind) {
    case 'json': {
      const headers = { 'content-type': 'application/json', ...answer.headers }
      return { status: answer.status, headers, body: JSON.stringify(answer.body) }
    }
    case 'text':
      return { status: answer.status, headers: { 'content-type': 'text/plain', ...answer.headers }, body: answer.body }
    case 'websocket':
      return { status: 426, headers: { 'content-type': 'text/plain' }, body: 'Upgrade Required' }
  }
}

function sendPacked({ status, headers, body }: WholeAnswer, response: ServerResponse): void {
  response.writeHead(status, { ...headers, 'content-encoding': 'gzip' })
  const gzip = createGzip()
  gzip.pipe(response)
  gzip.end(body)
}

async function sendEvents(events: readonly ServerEvent[], exchange: HttpExchange): Promise<void> {
  const { request, response, options } = exchange
  const gzip = packs(request, options) ? createGzip() : undefined
  gzip?.pipe(response)
  response.flushHeaders()
  for (const [index, event] of events.entries()) {
    await options.gate?.(request, index)
    await (index > 0 && options.paceMs ? setTimeout(options.paceMs) : setImmediate())
    if (response.destroyed) return
    await writeEvent(renderEvent(event), response, gzip)
  }
  ;(gzip ?? response).end()
}

async function writeEvent(text: string, response: ServerResponse, gzip: Gzip | undefined): Promise<void> {
  if (gzip === undefined) {
    response.write(text)
    return
  }
  gzip.write(text)
  await new Promise<void>((resolve) => gzip.flush(constants.Z_SYNC_FLUSH, () => resolve()))
}

/** One server-sent event as bytes on the wire. */
export function renderEvent({ event, data }: ServerEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
}

export interface UpgradeExchange {
  readonly request: RecordedRequest
  readonly socket: Duplex
  readonly head: Buffer
}

/** Answers an upgrade: 101 and frames, or a plain HTTP answer on the raw socket. */
export function sendUpgradeAnswer(answer: FakeAnswer, exchange: UpgradeExchange): void {
  const { request, socket } = exchange
  if (answer.kind === 'silence') return
  if (answer.kind !== 'websocket') {
    const isStream = answer.kind === 'events' || answer.kind === 'bytes'
    const { status, headers, body } = renderWhole(isStream ? { kind: 'websocket', reply: () => [] } : answer)
    request.status = status
    const length = { ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' }
    socket.end(`HTTP/1.1 ${status} Refused\r\n${renderHeaders(length)}\r\n${body}`)
    return
  }
  request.status = 101
  const accept = deriveAcceptKey(request.header('sec-websocket-key') ?? '')
  const headers = { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': accept, ...answer.headers }
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${renderHeaders(headers)}\r\n`)
  runFrames(answer.reply, exchange)
}

function renderHeaders(headers: HeaderMap): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}

function runFrames(reply: (text: string) => readonly string[], { request, socket, head }: UpgradeExchange): void {
  const parse = createFrameParser()
  let parts: Buffer[] = []
  const takeMessage = ({ fin, payload }: Frame): void => {
    parts.push(payload)
    if (!fin) return
    const text = Buffer.concat(parts).toString('utf8')
    parts = []
    request.frames.push(text)
    for (const answer of reply(text)) socket.write(renderFrame(OPCODE.text, Buffer.from(answer)))
  }
  const take = (chunk: Buffer): void => {
    for (const frame of parse(chunk)) {
      if (frame.opcode === OPCODE.ping) socket.write(renderFrame(OPCODE.pong, frame.payload))
      else if (frame.opcode === OPCODE.close) socket.end(renderFrame(OPCODE.close, frame.payload))
      else if (frame.opcode <= OPCODE.binary) takeMessage(frame)
    }
  }
  if (head.length > 0) take(head)
  socket.on('data', take)
}
