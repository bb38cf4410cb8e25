import { request as httpRequest, type IncomingMessage } from 'node:http'
import { WebSocket } from 'undici'
import { createBytes, digest, renderEvents, type Shot, type Sighting } from './shot.ts'

/** A kind of request, and the one outcome that its client must see. */
export interface Kind {
  /** Share of the traffic. */
  readonly weight: number
  readonly expected: Sighting
  /** Smallest and largest size, in bytes or, of streams and sockets, messages. */
  readonly sizes: readonly [number, number]
  /** How often the upstream must have served it; an upload that its client leaves may have come or not. */
  readonly arrivals: readonly [least: number, most: number]
  readonly send: (shot: Shot) => Promise<Sighting>
}

const KIB = 1024
const MIB = 1024 * KIB
const ONCE = [1, 1] as const

export type KindName = keyof typeof KINDS

/** The mixed traffic. A new kind is a row. */
export const KINDS = {
  small: { weight: 45, expected: 'whole', sizes: [10, 20 * KIB], arrivals: ONCE, send: sendBody('small') },
  upload: { weight: 4, expected: 'whole', sizes: [MIB, 4 * MIB], arrivals: ONCE, send: sendBody('upload') },
  download: { weight: 5, expected: 'whole', sizes: [MIB, 8 * MIB], arrivals: ONCE, send: readDownload },
  stream: { weight: 14, expected: 'whole', sizes: [5, 60], arrivals: ONCE, send: readStream },
  websocket: { weight: 9, expected: 'whole', sizes: [1, 12], arrivals: ONCE, send: talk },
  'leave-answer': { weight: 6, expected: 'left', sizes: [4 * MIB, 4 * MIB], arrivals: ONCE, send: leaveAnswer },
  'leave-upload': { weight: 4, expected: 'left', sizes: [4 * MIB, 4 * MIB], arrivals: [0, 1], send: leaveUpload },
  'reset-early': {
    weight: 5,
    expected: '502 upstream_reset',
    sizes: [10, KIB],
    arrivals: ONCE,
    send: sendBody('reset-early'),
  },
  'reset-late': { weight: 4, expected: 'cut', sizes: [10, KIB], arrivals: ONCE, send: sendBody('reset-late') },
  stranger: {
    weight: 4,
    expected: '400 client_token_invalid',
    sizes: [10, KIB],
    arrivals: [0, 0],
    send: (shot) => sendBody('stranger')({ ...shot, headers: { authorization: 'Bearer sk-not-of-this-run' } }),
  },
} as const satisfies Readonly<Record<string, Kind>>

interface Exchange {
  readonly status: number
  readonly refusal: string | undefined
  readonly body: Buffer
  readonly isComplete: boolean
}

function targetOf(kind: string, { id, origin, size }: Shot): string {
  return `${origin}/v1/${kind}/${id}?size=${size}`
}

async function exchange(url: string, { headers }: Shot, body?: Buffer): Promise<Exchange> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = httpRequest(url, { method: body === undefined ? 'GET' : 'POST', headers, agent: false }, resolve)
    sent.on('error', reject)
    sent.end(body)
  })
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  response.on('error', () => undefined)
  if (!response.closed) await new Promise((resolve) => response.once('close', resolve))
  const refusal = response.headers['x-agent-proxy-refusal']
  return {
    status: response.statusCode ?? 0,
    refusal: typeof refusal === 'string' ? refusal : undefined,
    body: Buffer.concat(chunks),
    isComplete: response.complete,
  }
}

/** Names what is not a whole answer with 200; undefined when it is one. */
function nameTrouble({ status, refusal, isComplete }: Exchange): Sighting | undefined {
  if (!isComplete) return 'cut'
  return status === 200 ? undefined : `${status} ${refusal ?? 'of the upstream'}`
}

const compare = (got: string, wanted: string): Sighting => (got === wanted ? 'whole' : 'DAMAGED')

function sendBody(kind: string): Kind['send'] {
  return async (shot) => {
    const body = createBytes(shot.id, shot.size)
    const answer = await exchange(targetOf(kind, shot), shot, body)
    return nameTrouble(answer) ?? compare(JSON.parse(answer.body.toString()).digest, digest(body))
  }
}

async function readDownload(shot: Shot): Promise<Sighting> {
  const answer = await exchange(targetOf('download', shot), shot)
  return nameTrouble(answer) ?? compare(digest(answer.body), digest(createBytes(shot.id, shot.size)))
}

async function readStream(shot: Shot): Promise<Sighting> {
  const answer = await exchange(targetOf('stream', shot), shot, Buffer.from('{"stream":true}'))
  return nameTrouble(answer) ?? compare(answer.body.toString(), renderEvents(shot.id, shot.size).join(''))
}

function leaveAnswer(shot: Shot): Promise<Sighting> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(targetOf('download', shot), { headers: shot.headers, agent: false }, (response) => {
      response.on('error', () => undefined)
      response.once('data', () => {
        response.destroy()
        resolve(response.statusCode === 200 ? 'left' : `${response.statusCode} of the upstream`)
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

function leaveUpload(shot: Shot): Promise<Sighting> {
  return new Promise((resolve) => {
    const headers = { ...shot.headers, 'content-length': String(shot.size) }
    const sent = httpRequest(targetOf('upload', shot), { method: 'POST', headers, agent: false })
    sent.on('error', () => resolve('left'))
    sent.write(createBytes(shot.id, shot.size / 4), () => sent.destroy(new Error('the client leaves')))
  })
}

function talk(shot: Shot): Promise<Sighting> {
  return new Promise((resolve) => {
    const socket = new WebSocket(targetOf('websocket', shot).replace('http:', 'ws:'), { headers: { ...shot.headers } })
    const wanted = Array.from({ length: shot.size }, (_, at) => `${shot.id} ${at}`)
    const got: string[] = []
    socket.onopen = () => socket.send(wanted[0] ?? '')
    socket.onmessage = ({ data }) => {
      got.push(String(data))
      if (got.length === wanted.length) socket.close(1000)
      else socket.send(wanted[got.length] ?? '')
    }
    socket.onerror = () => resolve('cut')
    socket.onclose = ({ wasClean }) => resolve(wasClean ? compare(got.join(), wanted.join()) : 'cut')
  })
}
