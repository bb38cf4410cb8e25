import { type HttpExpectation, type HttpReading, readHttpRequest } from '../../src/core/egress-wire/http-request.ts'
import { type Hostname, renderHost } from '../../src/core/hostname.ts'
import { parseRequestHead } from '../../src/sidecar/worker/client/request-head.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { type NodeMessage, readWithNode } from '../references/node-http.ts'
import { generateChunks, HEADER_LINES, HTTP_WORDS, latin1 } from './http-words.ts'

const HOSTS = [
  'h.example',
  'h.example:80',
  'h.example:8080',
  'H.EXAMPLE.',
  '[::1]',
  '[2001:db8::1]:80',
  '192.0.2.1',
  '0x7f.1',
  'a@h.example',
  'h.example,x',
  '',
]
const TARGETS = [
  '/',
  '/a?b',
  '*',
  'http://h.example/',
  'http://h.example:80?x',
  'HTTP://H.example:8080/a#b',
  'http://u@h.example/',
  'https://h.example/',
  'http://[::1]/',
  '//x',
]
const METHODS = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])

/** The relay's reading of a plain request that Node's strict parser has let through, and what it sends on. */
export function createRelayRequestsTarget(read: typeof readHttpRequest = readHttpRequest): Target {
  return {
    name: 'relay-requests',
    reads: 'plain HTTP requests at the relay',
    seeds: [
      'GET / HTTP/1.1\r\nHost: h.example\r\n\r\n',
      'POST http://h.example/ HTTP/1.1\r\nHost: h.example\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
      'GET /s HTTP/1.1\r\nHost: h.example\r\nConnection: upgrade, x-secret\r\nUpgrade: websocket\r\nX-Secret: 1\r\n\r\n',
    ].map(latin1),
    words: [...HTTP_WORDS, ...HOSTS, ...TARGETS],
    generate: generateRelayRequest,
    mustReach: ['request', 'refused not-http', 'refused name-mismatch', 'not for Node', 'upgrade'],
    check: (input, dice) => {
      const [message] = readWithNode(input, { type: 'request' }).messages
      if (message === undefined) return 'not for Node'
      const raw = {
        method: message.method,
        target: message.target,
        version: message.version,
        rawHeaders: message.headers,
      }
      const expected: HttpExpectation = {
        port: dice.pick([80, 8080, null]),
        name: dice.pick([null, null, 'h.example' as Hostname]),
      }
      const reading = read(raw, expected)
      demandEqual(read(raw, expected), reading, 'the same request is read the same way twice')
      if (reading.kind === 'refused') return `refused ${reading.reason}`
      checkSentOn(reading, message, expected)
      return reading.isUpgrade ? 'upgrade' : 'request'
    },
  }
}

/** What is sent on names the host that was decided about, for a second and a third reader, and frames the same body. */
function checkSentOn(
  reading: HttpReading & { kind: 'request' },
  message: NodeMessage,
  expected: HttpExpectation,
): void {
  const lines = reading.headers.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join('')
  const text = `${message.method} ${reading.path} HTTP/1.1\r\n${lines}\r\n`
  const show = (): string => JSON.stringify([text, message])
  const node = readWithNode(latin1(text), { type: 'request' })
  demand(node.error === undefined && node.messages.length === 1, 'Node reads what the relay sends on', show)
  // What a client expects is between it and the far side.
  if (message.headers.some((name, at) => at % 2 === 0 && /^expect$/i.test(name))) return
  const head = parseRequestHead(text.slice(0, -4), new Set([...METHODS, message.method]))
  const authority = renderHost(reading.name) + (reading.port === 80 ? '' : `:${reading.port}`)
  demand(head.host === authority, 'the Host that is sent on is the one that was decided about', show)
  demand(expected.port === null || reading.port === expected.port, 'the port is the one that was dialled', show)
  demand(expected.name === null || reading.name === expected.name, 'the name is the one of CONNECT', show)
  const hasBody = head.framing.kind !== 'none'
  demand(hasBody === reading.hasBody, 'a body that comes is framed, and no other', show)
  const claimed = message.headers.findIndex((name, at) => at % 2 === 0 && /^content-length$/i.test(name))
  if (head.framing.kind === 'length' && claimed >= 0) {
    demandEqual(
      head.framing.bytes,
      Number(message.headers[claimed + 1]),
      'the length that is sent on is the one that came',
    )
  }
  demand(!(reading.isUpgrade && hasBody), 'an upgrade has no body', show)
  const isHop = head.headers.some((name, at) => at % 2 === 0 && /^(keep-alive|te|trailer|proxy-.*)$/i.test(name))
  demand(!isHop, 'nothing that belongs to one hop is sent on', show)
}

function generateRelayRequest(dice: Dice): Buffer {
  const lines = [`${dice.pick([...METHODS])} ${dice.pick(TARGETS)} HTTP/1.${dice.chance(6) ? 0 : 1}`]
  if (!dice.chance(12)) lines.push(`${dice.pick(['Host', 'host', 'HOST'])}: ${dice.pick(HOSTS)}`)
  for (let count = dice.below(4); count > 0; count -= 1) lines.push(dice.pick(HEADER_LINES.slice(2)))
  const body = dice.chance(3) ? 'hello' : ''
  if (body !== '') lines.push(dice.chance(2) ? 'Content-Length: 5' : 'Transfer-Encoding: chunked')
  return latin1(
    `${lines.join('\r\n')}\r\n\r\n${lines.at(-1)?.startsWith('T') === true ? generateChunks(dice, body) : body}`,
  )
}
