import { deriveUpstreamHeaders } from '../../src/core/upstream-headers.ts'
import { parseRequestHead, type RequestHead } from '../../src/sidecar/worker/client/request-head.ts'
import { renderRequestHead } from '../../src/sidecar/worker/upstream/request-head.ts'
import { cutBytes, type Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { type NodeMessage, readWithNode } from '../references/node-http.ts'
import { generateBody, generateChunks, HEADER_LINES, HTTP_WORDS, latin1 } from './http-words.ts'
import { type ConnectionReading, type ReadConnection, readConnection, type SeenRequest } from './read-connection.ts'

export interface RequestSubject {
  readonly read: ReadConnection
  readonly deriveHeaders: typeof deriveUpstreamHeaders
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])
const CREDENTIAL = 'Bearer the-credential'

const SEEDS = [
  'GET / HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST /v1/x?y=z HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nHost: h\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\nGET /lost HTTP/1.1\r\nHost: h\r\n\r\n',
  'GET /s HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly',
  'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n',
  `GET / HTTP/1.1\r\nHost: h\r\nX-Long: ${'x'.repeat(65_490)}\r\n\r\n`,
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
]

/** The sidecar's own server for clients: bytes of a connection → requests, and what goes upstream of them. */
export function createClientRequestsTarget(
  subject: RequestSubject = { read: readConnection, deriveHeaders: deriveUpstreamHeaders },
): Target {
  return {
    name: 'client-requests',
    reads: 'requests of clients at the sidecar',
    seeds: SEEDS.map(latin1),
    words: [
      ...HTTP_WORDS,
      'GET /2 HTTP/1.1\r\nHost: h\r\n\r\n',
      'POST ',
      'CONNECT h:443 ',
      'http://h/x',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ],
    generate: generateRequests,
    mustReach: ['open 1', 'open 2', 'refused 400', 'tunnel', 'closing'],
    check: async (input, dice) => {
      const whole = await subject.read([Buffer.from(input)], { delays: () => 0 })
      const cut = await subject.read(cutBytes(input, dice), { delays: () => 0 })
      demandEqual(withoutCutBody(cut), withoutCutBody(whole), 'requests are the same however their bytes are cut')
      const late = await subject.read(cutBytes(input, dice), { delays: () => dice.below(4) })
      checkLate(late, whole)
      whole.requests.forEach(checkStrict)
      checkAgainstNode(whole, input)
      for (const { head } of whole.requests) checkUpstreamHead(head, subject)
      return whole.state === 'open' ? `open ${Math.min(whole.requests.length, 2)}` : whole.state
    },
  }
}

/** Where the bytes of a body turn out to be wrong, a part of it may have been given out before or not. */
function withoutCutBody({ requests, state }: ConnectionReading): ConnectionReading {
  if (state === 'open') return { requests, state }
  return { requests: requests.map((seen) => (seen.isComplete ? seen : { ...seen, body: '' })), state }
}

/** Who answers late sees the requests in the same order, and none that others do not see. */
function checkLate(late: ConnectionReading, whole: ConnectionReading): void {
  const seen = late.requests.filter(({ isComplete }) => isComplete)
  demandEqual(seen, whole.requests.slice(0, seen.length), 'late answers change no request')
}

/** A second, plain look at what has been let through. */
function checkStrict({ head }: SeenRequest): void {
  const count = (name: string): number =>
    head.headers.filter((text, index) => index % 2 === 0 && text.toLowerCase() === name).length
  const [lengths, codings] = [count('content-length'), count('transfer-encoding')]
  demand(lengths + codings <= 1, 'a request has one way to tell its length', () => JSON.stringify(head))
  demand(count('host') <= 1, 'a request has one Host', () => JSON.stringify(head))
  const isClean = head.headers.every((text, index) =>
    index % 2 === 0
      ? /^[!-9;-~]+$/.test(text) && !/[()<>@,;:\\"/[\]?={} \t]/.test(text)
      : !/[^\t\x20-\x7e\x80-\xff]/.test(text),
  )
  demand(isClean, 'names are tokens and values hold no control character', () => JSON.stringify(head))
  demand(
    !/[^\x21-\x7e\x80-\xff]/.test(head.target),
    'a target holds no blank and no control character',
    () => head.target,
  )
}

/**
 * What is accepted here Node must accept, with the same parts. Known differences: Node refuses targets that are no path, bytes above
 * 0x7f in them, and most of what may stand behind the size of a chunk; and it takes an upgrade from HTTP/1.0.
 */
function checkAgainstNode(whole: ConnectionReading, input: Buffer): void {
  const { messages, error } = readWithNode(input, { type: 'request' })
  for (const [index, { head, body, isComplete }] of whole.requests.entries()) {
    const other = messages[index]
    if (isToleratedTarget(head, other) || isToleratedChunk(head, other, error)) return
    if (other === undefined) {
      demand(false, 'Node accepts what is accepted here', () => `${error}: ${JSON.stringify(head)}`)
      return
    }
    demandEqual(
      [head.method, head.target, head.isVersion11, head.headers],
      [other.method, other.target, other.version === '1.1', other.headers],
      'Node reads the same head',
    )
    // What comes behind is no longer HTTP, whatever the head says about a body.
    if (head.isUpgrade || other.isUpgrade) return
    const isSameBody = isComplete ? other.isComplete && body === other.body : other.body.startsWith(body)
    demand(isSameBody, 'Node reads the same body', () => JSON.stringify([body, other.body, other.isComplete]))
    if (!head.isPersistent) return
  }
}

function isToleratedTarget(head: RequestHead, other: NodeMessage | undefined): boolean {
  return other === undefined && (!/^(\/|\*$)/.test(head.target) || /[\x80-\xff]/.test(head.target))
}

function isToleratedChunk(head: RequestHead, other: NodeMessage | undefined, error: string | undefined): boolean {
  const isInside = other !== undefined && !other.isComplete && head.framing.kind === 'chunked'
  return isInside && (error === 'HPE_INVALID_CHUNK_SIZE' || error === 'HPE_STRICT')
}

/** What leaves for the upstream reads back as what was meant, also for Node. */
function checkUpstreamHead(head: RequestHead, subject: RequestSubject): void {
  if (!head.target.startsWith('/') || head.isUpgrade) return
  const headers = subject.deriveHeaders(head.headers, {
    credential: ['authorization', CREDENTIAL],
    extra: [],
    defaults: [],
  })
  const body = head.framing.kind === 'none' ? null : Buffer.from('body')
  const { text } = renderRequestHead({ method: head.method, path: head.target, authority: 'up.example', headers, body })
  const again = parseRequestHead(text.slice(0, -4), new Set([...METHODS, head.method]))
  const values = (name: string): string[] =>
    again.headers.filter((_, at) => at % 2 === 1 && again.headers[at - 1]?.toLowerCase() === name)
  demandEqual(
    [again.method, again.target, again.host],
    [head.method, head.target, 'up.example'],
    'the head that leaves names the same place',
  )
  demandEqual(values('authorization'), [CREDENTIAL], 'the head that leaves has exactly one credential')
  demandEqual(
    [values('x-api-key'), values('api-key'), values('upgrade')],
    [[], [], []],
    'nothing of the client’s own credential leaves',
  )
  const isBodyMeant = again.framing.kind === (body === null ? 'none' : 'length')
  demand(isBodyMeant, 'the head that leaves frames the body that leaves', () => text)
  const bytes = latin1(text + (body === null ? '' : 'body'))
  const node = readWithNode(bytes, { type: 'request' })
  const isRead = node.messages.length === 1 && node.messages[0]?.isComplete === true
  demand(isRead || node.error === 'HPE_INVALID_URL', 'Node reads the head that leaves', () => `${node.error}: ${text}`)
}

function generateRequests(dice: Dice): Buffer {
  let text = ''
  for (let count = 1 + dice.below(3); count > 0; count -= 1) text += generateRequest(dice)
  if (dice.chance(500)) text = text.replace('\r\n\r\n', `\r\nX-Fill: ${'f'.repeat(65_300 + dice.below(300))}\r\n\r\n`)
  return latin1(text)
}

function generateRequest(dice: Dice): string {
  const method = dice.pick([...METHODS])
  const target = dice.pick(['/', '/v1/messages', '/a?b=c&d', '*', 'http://h/x', '/%2f/..', '/\xe9'])
  const version = dice.chance(6) ? '1.0' : '1.1'
  const lines = [`${method} ${target} HTTP/${version}`]
  if (!dice.chance(10)) lines.push('Host: h.example')
  for (let count = dice.below(4); count > 0; count -= 1) lines.push(dice.pick(HEADER_LINES))
  const body = dice.chance(2) ? generateBody(dice) : ''
  if (dice.chance(3)) return `${lines.join('\r\n')}\r\n\r\n`
  const isChunked = dice.chance(2)
  lines.splice(
    1 + dice.below(lines.length),
    0,
    isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`,
  )
  return `${lines.join('\r\n')}\r\n\r\n${isChunked ? generateChunks(dice, body) : body}`
}
