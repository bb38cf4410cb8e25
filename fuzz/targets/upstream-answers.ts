import { ProtocolError, type ResponseHead } from '../../src/sidecar/worker/upstream/response-head.ts'
import { ResponseParser } from '../../src/sidecar/worker/upstream/response-parser.ts'
import { cutBytes, type Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { type NodeReading, readWithNode } from '../references/node-http.ts'
import { generateBody, generateChunks, HEADER_LINES, HTTP_WORDS, latin1 } from './http-words.ts'

export type CreateResponseParser = (...given: ConstructorParameters<typeof ResponseParser>) => ResponseParser

interface Reading {
  head: ResponseHead | undefined
  body: string
  state: 'complete' | 'cut' | 'refused'
  isPersistent: boolean
}

const SEEDS = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.0 200\r\n\r\nuntil the end',
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
]

/** The sidecar's own client for upstreams: bytes of a connection → one answer. */
export function createUpstreamAnswersTarget(
  create: CreateResponseParser = (method, sink) => new ResponseParser(method, sink),
): Target {
  return {
    name: 'upstream-answers',
    reads: 'answers of upstreams at the sidecar',
    seeds: SEEDS.map(latin1),
    words: [
      ...HTTP_WORDS,
      'HTTP/1.1 101 Switching\r\n\r\n',
      'HTTP/1.1 200 OK\r\n',
      'HTTP/1.1 100 Continue\r\n\r\n',
      'HTTP/2.0 200',
    ],
    generate: generateAnswer,
    mustReach: ['complete length', 'complete chunked', 'complete none', 'complete until-close', 'cut', 'refused'],
    check: (input, dice) => {
      const method = dice.pick(['GET', 'POST', 'HEAD'])
      const run = (pieces: readonly Buffer[], pauses: () => boolean): Reading =>
        readAnswer(create, { method, pieces, pauses })
      const whole = run([Buffer.from(input)], () => false)
      const cut = run(cutBytes(input, dice), () => false)
      demandEqual(comparable(cut), comparable(whole), 'an answer is the same however its bytes are cut')
      const paused = run(cutBytes(input, dice), () => dice.chance(2))
      demandEqual(comparable(paused), comparable(whole), 'an answer is the same for a slow reader')
      checkStrict(whole)
      const node = readWithNode(input, { type: 'response', isHead: method === 'HEAD', isEnded: true })
      checkAgainstNode(whole, node, /chunked[ \t]*\t/i.test(input.toString('latin1')))
      return whole.state === 'complete' ? `complete ${whole.head?.framing.kind}` : whole.state
    },
  }
}

/** Of a body that turns out to be wrong, a part may have been given out or not. */
function comparable({ head, body, state, isPersistent }: Reading): unknown {
  return state === 'refused' ? state : [head, body, state, isPersistent]
}

interface AnswerRun {
  readonly method: string
  readonly pieces: readonly Buffer[]
  /** Asked at every sign of life whether the reader of the answer pauses now. */
  readonly pauses: () => boolean
}

function readAnswer(create: CreateResponseParser, { method, pieces, pauses }: AnswerRun): Reading {
  const reading: Reading = { head: undefined, body: '', state: 'cut', isPersistent: false }
  const sink = {
    isPaused: false,
    onHead: (head: ResponseHead): void => {
      reading.head = head
      sink.isPaused = pauses()
    },
    onPayload: (payload: Buffer): void => {
      reading.body += payload.toString('latin1')
      sink.isPaused = pauses()
    },
    onComplete: (): void => {
      demand(reading.state !== 'complete', 'an answer is complete once')
      reading.state = 'complete'
    },
  }
  const parser = create(method, sink)
  try {
    for (const piece of pieces) parser.push(piece)
    resumeAll(parser, sink)
    // As its owner does: an answer that is over is taken off the connection, which stays open.
    if (!parser.isOver) parser.end()
    resumeAll(parser, sink)
    reading.isPersistent = parser.isOver && parser.isPersistent
    demand(parser.isOver !== parser.isCut, 'an answer whose connection has ended is whole or cut')
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    // Bytes behind a whole answer are not read, so they cannot be refused.
    if (reading.state !== 'complete') reading.state = 'refused'
  }
  return reading
}

function resumeAll(parser: ResponseParser, sink: { isPaused: boolean }): void {
  for (let turn = 0; sink.isPaused; turn += 1) {
    demand(turn < 10_000, 'a reader that goes on gets to the end')
    sink.isPaused = false
    parser.proceed()
  }
}

function checkStrict({ head }: Reading): void {
  if (head === undefined) return
  const values = (name: string): string[] =>
    head.headers.filter((_, at) => at % 2 === 1 && head.headers[at - 1]?.toLowerCase() === name)
  const lengths = new Set(values('content-length'))
  demand(lengths.size + values('transfer-encoding').length <= 1, 'an answer has one way to tell its length', () =>
    JSON.stringify(head),
  )
  const isClean = [...head.headers, head.reason].every((text) => !/[^\t\x20-\x7e\x80-\xff]/.test(text))
  demand(isClean, 'no control character passes', () => JSON.stringify(head))
}

/**
 * What is accepted here Node must accept, with the same parts. Known differences: the same Content-Length twice is one length here, the end
 * of a chunk's size is read as RFC 9112 allows, a tab behind `chunked` is white space, and an interim answer of HTTP/1.0 ends nothing.
 */
function checkAgainstNode(whole: Reading, { messages, error }: NodeReading, isTabbed: boolean): void {
  const { head } = whole
  if (head === undefined || whole.state === 'refused') return
  if (head.framing.kind === 'chunked' && isTabbed) return
  // An interim answer of HTTP/1.0 ends the connection for Node.
  if (error === 'HPE_CLOSED_CONNECTION' && messages.every(({ status }) => status < 200)) return
  const other = messages.find(({ status }) => status >= 200)
  // Beside chunks it has been refused before (checkStrict), so it is the same length twice.
  const isTwice = error === 'HPE_UNEXPECTED_CONTENT_LENGTH'
  if (isTwice || (head.framing.kind === 'chunked' && /HPE_(INVALID_CHUNK_SIZE|STRICT)/.test(error ?? ''))) return
  if (other === undefined) {
    demand(false, 'Node accepts what is accepted here', () => `${error}: ${JSON.stringify(head)}`)
    return
  }
  demandEqual([head.status, head.headers], [other.status, other.headers], 'Node reads the same head')
  demandEqual([whole.body, whole.state === 'complete'], [other.body, other.isComplete], 'Node reads the same body')
}

function generateAnswer(dice: Dice): Buffer {
  const interim = dice.chance(6) ? 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1 + dice.below(20)) : ''
  const status = dice.pick([200, 200, 201, 204, 304, 400, 429, 500, 101, 999])
  const lines = [`HTTP/1.${dice.chance(6) ? 0 : 1} ${status}${dice.pick([' OK', '', ' ', ' \xe9 x', ' a\tb'])}`]
  for (let count = dice.below(4); count > 0; count -= 1) lines.push(dice.pick(HEADER_LINES))
  const body = generateBody(dice)
  const framing = dice.below(3)
  if (framing === 0) lines.push('Transfer-Encoding: chunked')
  if (framing === 1) lines.push(`Content-Length: ${body.length}`)
  const fill = dice.chance(800) ? `X-Fill: ${'f'.repeat(65_400 + dice.below(200))}\r\n` : ''
  const head = `${interim}${lines.join('\r\n')}\r\n${fill}\r\n`
  return latin1(
    `${head}${framing === 0 ? generateChunks(dice, body) : body}${dice.chance(8) ? 'HTTP/1.1 200 OK\r\n\r\n' : ''}`,
  )
}
