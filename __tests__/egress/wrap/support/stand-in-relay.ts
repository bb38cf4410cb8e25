import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { type BridgeOpening, parseBridgeOpening } from '../../../../src/core/bridge-opening.ts'

/** The address that every name gets: behind it stands this relay and nothing else. */
export const MADE_UP = '198.18.0.9'

export interface StandInRelay extends AsyncDisposable {
  readonly openings: BridgeOpening[]
  readonly tlsNames: string[]
}

/**
 * Takes what a bridge carries and answers it by itself: pages over HTTP and TLS, DNS answers, and an echo for all else. It
 * decides nothing, so what it records is what the bridge said.
 */
export async function startStandInRelay(
  socketPath: string,
  certificate: { readonly key: string; readonly cert: string },
): Promise<StandInRelay> {
  const openings: BridgeOpening[] = []
  const tlsNames: string[] = []
  const answer: http.RequestListener = (request, response) => void answerPage(request, response)
  const page = http.createServer(answer)
  const securePage = https.createServer(certificate, answer)
  securePage.on('secureConnection', (socket) => tlsNames.push(String(socket.servername)))
  for (const server of [page, securePage]) server.on('clientError', () => undefined)
  const receive = (socket: Socket, opening: BridgeOpening): void => {
    openings.push(opening)
    if (opening.entrance === 'tls') passOn(socket, securePage)
    else if (opening.entrance === 'dns') answerNames(socket)
    else if (opening.entrance === 'tcp') socket.pipe(socket)
    else passOn(socket, page)
  }
  for (const server of [page, securePage]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => readOpening(socket, receive))
  server.listen(socketPath)
  await once(server, 'listening')
  chmodSync(socketPath, 0o777)
  return { openings, tlsNames, [Symbol.asyncDispose]: () => closeAll(server, [page, securePage]) }
}

async function closeAll(server: Server, pages: readonly (http.Server | https.Server)[]): Promise<void> {
  for (const page of pages) {
    page.closeAllConnections()
    page.close()
  }
  server.close()
  await Promise.resolve()
}

function passOn(socket: Socket, server: Server): void {
  const far = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, allowHalfOpen: true })
  far.on('error', () => socket.destroy())
  far.pipe(socket).pipe(far)
}

function readOpening(socket: Socket, receive: (socket: Socket, opening: BridgeOpening) => void): void {
  let seen = Buffer.alloc(0)
  socket.on('error', () => undefined)
  const onData = (chunk: Buffer): void => {
    seen = Buffer.concat([seen, chunk])
    const end = seen.indexOf('\n')
    if (end < 0) return
    socket.off('data', onData)
    socket.pause()
    const opening = parseBridgeOpening(seen.subarray(0, end).toString())
    if (opening === undefined) throw new Error(`no opening: ${seen.toString('latin1')}`)
    const rest = seen.subarray(end + 1)
    if (rest.length > 0) socket.unshift(rest)
    receive(socket, opening)
    socket.resume()
  }
  socket.on('data', onData)
}

/** `/big?bytes=n` gives that many bytes; a body is counted; everything else says through which entrance it came. */
async function answerPage(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://page.test')
  let received = 0
  for await (const chunk of request) received += (chunk as Buffer).length
  const bytes = Number(url.searchParams.get('bytes') ?? 0)
  if (bytes > 0) return void response.end(Buffer.alloc(bytes, 'x'))
  response.end(JSON.stringify({ host: request.headers.host, received }))
}

function answerNames(socket: Socket): void {
  let seen = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    while (seen.length >= 2 && seen.length >= 2 + seen.readUInt16BE(0)) {
      const end = 2 + seen.readUInt16BE(0)
      const reply = renderAnswer(seen.subarray(2, end))
      const length = Buffer.alloc(2)
      length.writeUInt16BE(reply.length)
      socket.write(Buffer.concat([length, reply]))
      seen = seen.subarray(end)
    }
  })
  socket.on('end', () => socket.end())
}

/** A for every name, no data for other types. */
function renderAnswer(question: Buffer): Buffer {
  const end = question.indexOf(0, 12) + 5
  const isAddress = question.readUInt16BE(end - 4) === 1
  const head = Buffer.from(question.subarray(0, end))
  head.writeUInt16BE(0x8180, 2)
  head.writeUInt16BE(isAddress ? 1 : 0, 6)
  head.writeUInt16BE(0, 10)
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...MADE_UP.split('.').map(Number)])
  return isAddress ? Buffer.concat([head, record]) : head
}
