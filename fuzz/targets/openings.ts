import { MAX_BRIDGE_LINE, parseBridgeOpening, renderBridgeOpening } from '../../src/core/bridge-opening.ts'
import { type ProxyHeadReading, parseProxyHead } from '../../src/core/egress-wire/proxy-head.ts'
import { renderHost } from '../../src/core/hostname.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { readWithNode } from '../references/node-http.ts'
import { HEADER_LINES, HTTP_WORDS, latin1 } from './http-words.ts'

const AUTHORITIES = [
  'h.example:443',
  'H.example.:443',
  '192.0.2.1:443',
  '[2001:db8::1]:443',
  'h.example',
  'h.example:0',
  'h.example:65536',
  'u@h.example:443',
  'h.example:443/x',
  ':443',
  '0x7f.1:443',
]

/** The head of CONNECT at the relay's forward proxy. */
export function createProxyHeadTarget(parse: typeof parseProxyHead = parseProxyHead): Target {
  return {
    name: 'proxy-head',
    reads: 'CONNECT at the forward proxy',
    seeds: [
      'CONNECT h.example:443 HTTP/1.1\r\nHost: h.example:443\r\n\r\n\x16\x03\x01',
      'GET http://h.example/ HTTP/1.1\r\nHost: h.example\r\n\r\n',
      'CONNECT h.example:443 HTTP/1.1\r\nHost: other.example:443\r\n\r\n',
      `CONNECT h.example:443 HTTP/1.1\r\nX: ${'x'.repeat(16_344)}\r\n\r\n`,
    ].map(latin1),
    words: [...HTTP_WORDS, ...AUTHORITIES, 'CONNECT '],
    generate: (dice) => {
      const lines = [`CONNECT ${dice.pick(AUTHORITIES)} HTTP/1.${dice.below(2)}`]
      if (!dice.chance(4)) lines.push(`Host: ${dice.pick(AUTHORITIES)}`)
      for (let count = dice.below(3); count > 0; count -= 1) lines.push(dice.pick(HEADER_LINES))
      if (dice.chance(300)) lines.push(`X-Fill: ${'f'.repeat(16_300 + dice.below(100))}`)
      return latin1(`${lines.join('\r\n')}\r\n\r\n${dice.chance(2) ? '' : '\x16\x03\x01\x02'}`)
    },
    mustReach: ['connect', 'request', 'more', 'refused not-http', 'refused name-mismatch'],
    check: (input, dice) => {
      const whole = parse(input)
      checkPrefixes(input, dice, whole, parse)
      if (whole.kind === 'connect') checkConnect(input, whole)
      return whole.kind === 'refused' ? `refused ${whole.reason}` : whole.kind
    },
  }
}

/** Who reads as the bytes come decides the same, and not before it must. */
function checkPrefixes(input: Buffer, dice: Dice, whole: ProxyHeadReading, parse: typeof parseProxyHead): void {
  for (let turn = 0; turn < 8; turn += 1) {
    const early = parse(input.subarray(0, dice.below(input.length + 1)))
    if (early.kind !== 'more') demandEqual(early, whole, 'a head that is decided early is decided the same')
  }
}

function checkConnect(input: Buffer, whole: ProxyHeadReading & { kind: 'connect' }): void {
  const { messages, error } = readWithNode(input, { type: 'request' })
  const [message] = messages
  // No body, said twice.
  if (error === 'HPE_UNEXPECTED_CONTENT_LENGTH') return
  const show = (): string => `${error} ${JSON.stringify([message, whole])}`
  demand(message?.method === 'CONNECT' && message.isUpgrade, 'Node reads the same CONNECT', show)
  const target = (message?.target ?? '').toLowerCase().replace(/\.(?=:\d+$)/, '')
  const isSame = target === `${renderHost(whole.name)}:${whole.port}`
  demand(isSame, 'Node reads the same place', show)
  const end = input.indexOf('\r\n\r\n') + 4
  demand(whole.headBytes === end, 'the tunnel begins behind the head', show)
}

const OPENING = { entrance: 'tls', address: '192.0.2.1', port: 443, uid: 1000, pid: 7, program: '/bin/x' } as const

/** The line with which the bridge of a wrapper begins; the agent may have taken its place. */
export function createBridgeOpeningTarget(parse: typeof parseBridgeOpening = parseBridgeOpening): Target {
  return {
    name: 'bridge-opening',
    reads: 'the first line of a wrapper’s bridge',
    seeds: [
      OPENING,
      { ...OPENING, entrance: 'dns', address: null, port: null },
      { ...OPENING, entrance: 'local', port: 8080 },
    ].map((opening) => Buffer.from(JSON.stringify(opening))),
    words: [
      '"local"',
      '"proxy"',
      '"http"',
      '"::1"',
      '"fe80::1%eth0"',
      'null',
      '65535',
      '65536',
      '-0',
      '1e3',
      '"port":1',
      '__proto__',
      '\\u0000',
    ],
    generate: (dice) =>
      Buffer.from(
        JSON.stringify({
          entrance: dice.pick(['tls', 'http', 'tcp', 'dns', 'proxy', 'local', 'x', 1]),
          address: dice.pick([null, '192.0.2.1', '2001:db8::1', 'h.example', '::ffff:1.2.3.4', 7, '']),
          port: dice.pick([null, 1, 443, 65_535, 65_536, 0, -1, 1.5, '443']),
          uid: dice.pick([null, 0, 1000, 4_294_967_295, 4_294_967_296, -1]),
          pid: dice.pick([null, 0, 1, 2_147_483_647, 1e12]),
          program: dice.pick([null, '/bin/x', 'a\nb', 'x'.repeat(5000), 1]),
        }),
      ),
    mustReach: ['opening', 'refused'],
    check: (input) => {
      const opening = parse(input.toString('utf8'))
      if (opening === undefined) return 'refused'
      const line = renderBridgeOpening(opening)
      demandEqual(parse(line.slice(0, -1)), opening, 'an opening renders to a line that reads back the same')
      demand(line.indexOf('\n') === line.length - 1, 'an opening is one line')
      const isPort = (port: number | null): boolean =>
        port === null || (Number.isInteger(port) && port >= 1 && port <= 65_535)
      demand(isPort(opening.port), 'a port is a port', () => JSON.stringify(opening))
      demand((opening.program?.length ?? 0) <= MAX_BRIDGE_LINE, 'a program’s name is bounded')
      return 'opening'
    },
  }
}
