import { type ClientHelloReading, MAX_CLIENT_HELLO, parseClientHello } from '../../src/core/egress-wire/client-hello.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { readNameWithOpenssl, recordHello } from '../references/tls-hello.ts'

export type ParseClientHello = (bytes: Buffer) => ClientHelloReading

const NAME = 'www.example.com'

/** Hellos as real clients send them: of each version, with and without a name, long ones. */
const SEEDS = await Promise.all([
  recordHello({ servername: NAME }),
  recordHello({ servername: NAME, maxVersion: 'TLSv1.2' }),
  recordHello({ servername: 'xn--bcher-kva.example', minVersion: 'TLSv1.3', ALPNProtocols: ['h2', 'http/1.1'] }),
  recordHello({
    servername: `${'a'.repeat(60)}.example`,
    ciphers: 'ECDHE-RSA-AES128-GCM-SHA256',
    maxVersion: 'TLSv1.2',
  }),
  recordHello({ host: '192.0.2.1' }),
])

/** The first bytes of a TLS connection at the relay. */
export function createClientHelloTarget(parse: ParseClientHello = parseClientHello): Target {
  return {
    name: 'client-hello',
    reads: 'ClientHello at the relay',
    seeds: SEEDS,
    words: [
      '\0\0',
      NAME,
      'evil.example',
      '\x16\x03\x01',
      '\x00\x00\x00\x08\x00\x06\x00\x00\x03a.b',
      '\0\x10',
      '127.0.0.1',
    ].map((word) => Buffer.from(word, 'latin1')),
    generate: generateHello,
    mustReach: ['hello', 'more', 'refused not-tls', 'refused no-server-name', 'refused address-literal', 'hello ech'],
    check: async (input, dice) => {
      const whole = parse(input)
      checkPrefixes(input, dice, { whole, parse })
      demand(input.length < MAX_CLIENT_HELLO + 16_389 || whole.kind !== 'more', 'a hello that never ends is refused')
      if (whole.kind === 'refused') return `refused ${whole.reason}`
      if (whole.kind === 'more') return 'more'
      // In a fresh buffer with other bytes around it: nothing beyond its end is read.
      const framed = Buffer.concat([Buffer.alloc(9, 0xff), input, Buffer.alloc(9, 0xff)])
      demandEqual(parse(framed.subarray(9, 9 + input.length)), whole, 'nothing beyond the bytes is read')
      const cut = fragment(input, dice)
      if (cut !== undefined) demandEqual(parse(cut), whole, 'a hello in other records is the same hello')
      const seen = await readNameWithOpenssl(input)
      const isSame = seen === undefined || seen.toLowerCase().replace(/\.$/, '') === whole.name
      demand(isSame, 'OpenSSL sees the same name', () => JSON.stringify([seen, whole.name]))
      return whole.hasEncryptedHello ? 'hello ech' : seen === undefined ? 'hello for us alone' : 'hello'
    },
  }
}

interface Whole {
  readonly whole: ClientHelloReading
  readonly parse: ParseClientHello
}

/** Who reads as the bytes come decides the same. */
function checkPrefixes(input: Buffer, dice: Dice, { whole, parse }: Whole): void {
  for (let turn = 0; turn < 6; turn += 1) {
    const early = parse(input.subarray(0, dice.below(input.length + 1)))
    if (early.kind !== 'more') demandEqual(early, whole, 'a hello that is decided early is decided the same')
  }
}

/** The same message in records of other sizes; undefined when the bytes are not one record and nothing else. */
function fragment(input: Buffer, dice: Dice): Buffer | undefined {
  if (input.length < 10 || input.readUInt16BE(3) !== input.length - 5) return undefined
  const message = input.subarray(5)
  const records: Buffer[] = []
  for (let at = 0; at < message.length; ) {
    const part = message.subarray(at, at + 1 + dice.below(dice.chance(2) ? 64 : message.length))
    // At most as many records as a client may use.
    const size = records.length > 100 ? message.length - at : part.length
    records.push(renderRecord(message.subarray(at, at + size), input))
    at += size
  }
  return Buffer.concat(records)
}

function renderRecord(part: Buffer, like: Buffer): Buffer {
  const head = Buffer.from(like.subarray(0, 5))
  head.writeUInt16BE(part.length, 3)
  return Buffer.concat([head, part])
}

const vector = (width: 1 | 2 | 3, bytes: Buffer): Buffer => {
  const length = Buffer.alloc(width)
  length.writeUIntBE(Math.min(bytes.length, 256 ** width - 1), 0, width)
  return Buffer.concat([length, bytes])
}

const NAMES = [
  NAME,
  'EVIL.example.',
  'a.b',
  '192.0.2.1',
  '::1',
  '',
  'a\0b.example',
  '1.2.3',
  'x'.repeat(64),
  `${'y.'.repeat(120)}z`,
  'under_score.example',
  '*.example',
]

/** A hello out of its parts, so that what is wrong is wrong inside right lengths. */
function generateHello(dice: Dice): Buffer {
  const name = Buffer.from(dice.pick(NAMES), 'latin1')
  const entry = (): Buffer => Buffer.concat([Buffer.from([dice.chance(12) ? dice.below(3) : 0]), vector(2, name)])
  const list = vector(2, Buffer.concat(Array.from({ length: dice.chance(10) ? 2 : 1 }, entry)))
  const extension = (type: number, body: Buffer): Buffer =>
    Buffer.concat([Buffer.from([type >> 8, type & 255]), vector(2, body)])
  const others = [
    extension(0x0a, vector(2, Buffer.from([0, 0x1d, 0, 0x17]))),
    extension(0x0d, vector(2, Buffer.from([4, 3, 8, 4]))),
    extension(0x2b, vector(1, Buffer.from([3, 4, 3, 3]))),
    extension(0x10, vector(2, vector(1, Buffer.from('h2')))),
    extension(0xfe0d, dice.bytes(dice.below(40))),
    extension(dice.below(0x10000), dice.bytes(dice.below(9))),
  ].filter(() => dice.chance(2))
  if (!dice.chance(10)) others.splice(dice.below(others.length + 1), 0, extension(0, list))
  if (dice.chance(15)) others.push(extension(0, list))
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    dice.bytes(32),
    vector(1, dice.bytes(dice.pick([0, 32, 8]))),
    vector(2, Buffer.from([0x13, 0x01, 0xc0, 0x2f])),
    vector(1, Buffer.from([0])),
    dice.chance(20) ? Buffer.alloc(0) : vector(2, Buffer.concat(others)),
  ])
  const message = Buffer.concat([Buffer.from([1]), vector(3, body)])
  return Buffer.concat([Buffer.from([22, 3, dice.pick([1, 1, 3, 0, 4])]), vector(2, message)])
}
