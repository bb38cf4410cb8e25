import { renderQuestion } from '../../__tests__/support/ask-dns.ts'
import { parseHosts } from '../../src/core/egress-wire/parse-hosts.ts'
import { type AnswerDns, createDnsAnswerer } from '../../src/egress/relay/answer-dns.ts'
import { createNamePool } from '../../src/egress/relay/name-pool.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { type DnsMessage, readDnsMessage } from '../references/dns-message.ts'

const HOSTS = '127.0.0.1 localhost\n::1 localhost\n10.0.0.7 box\nfd00::7 box\n10.0.0.8 box\n'
const NAMES = [
  'www.example.com',
  'WwW.ExAmPlE.cOm',
  'box',
  'localhost',
  'a.localhost',
  '',
  'printer.local',
  '1.2.3.4',
  `${'a'.repeat(63)}.b`,
  'x'.repeat(64),
  `${'ab.'.repeat(84)}c`,
  'a b.c',
  '\xff.example',
]
const TYPES = [1, 28, 65, 64, 16, 12, 255, 41, 0, 65_535]
/** What every client of DNS over UDP takes, with the one record of EDNS. */
const MOST_BYTES = 512

export function createRealAnswerer(): AnswerDns {
  return createDnsAnswerer({ hosts: parseHosts(HOSTS), isNamed: () => false }, createNamePool(64))
}

/** The relay's DNS answerer: a datagram → an answer or silence. */
export function createDnsTarget(answer: AnswerDns = createRealAnswerer()): Target {
  return {
    name: 'dns',
    reads: 'DNS messages at the relay',
    seeds: [
      ...TYPES.map((type) => renderQuestion('www.example.com', type, type % 2 === 0)),
      Buffer.from('12340100000100000000000103777777c00c00010001', 'hex'),
      Buffer.from('1234010000010000000000000363c00c00010001', 'hex'),
    ],
    words: [
      '\x03www\x07example\x03com\x00',
      '\xc0\x0c',
      '\x00\x01\x00\x01',
      '\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00',
      '\x3f',
    ].map((word) => Buffer.from(word, 'latin1')),
    generate: (dice) => {
      const message = renderQuestion(dice.pick(NAMES), dice.pick(TYPES), dice.chance(2))
      message.writeUInt16BE(dice.below(65_536), 0)
      if (dice.chance(4)) message[2] = dice.below(256)
      return message
    },
    mustReach: [
      'silent',
      'code 0 with 0',
      'code 0 with 1',
      'code 1 with 0',
      'code 3 with 0',
      'code 4 with 0',
      'code 5 with 0',
    ],
    check: (input, dice) => checkAnswer(input, dice, answer),
  }
}

function checkAnswer(input: Buffer, dice: Dice, answer: AnswerDns): string {
  const given = Buffer.from(input)
  const framed = Buffer.concat([dice.bytes(3), input, dice.bytes(3)]).subarray(3, 3 + input.length)
  const reply = answer(input)
  demand(input.equals(given), 'a question is not changed')
  demandEqual(answer(framed)?.toString('hex'), reply?.toString('hex'), 'nothing beyond the message is read')
  if (reply === undefined) {
    demand(input.length < 12 || (input[2] ?? 0) >= 0x80, 'only answers and what is too short get no answer')
    return 'silent'
  }
  demand((input[2] ?? 0) < 0x80, 'an answer gets no answer')
  const message = readDnsMessage(reply)
  demand(message.rest === 0, 'an answer ends with its last record')
  demand(message.id === input.readUInt16BE(0), 'an answer has the id of the question')
  demand((message.flags & 0x8000) !== 0, 'an answer says that it is one')
  demand(reply.length <= MOST_BYTES, 'an answer fits into every datagram', () => `${reply.length} bytes`)
  const code = message.flags & 15
  if (message.questions.length > 0) checkQuestion(message, input)
  else demand(message.records.length === 0 && code !== 0, 'without a question nothing is answered')
  const addresses = message.records.filter(({ type }) => type !== 41)
  return `code ${code} with ${Math.min(addresses.length, 1)}`
}

/** What is answered is what was asked, for a reader that is no friend of ours. */
function checkQuestion(message: DnsMessage, input: Buffer): void {
  const [asked] = readDnsMessage(Buffer.concat([input.subarray(0, 6), Buffer.alloc(6), input.subarray(12)])).questions
  demandEqual(message.questions, [asked], 'the question comes back as it was')
  for (const { name, type, data } of message.records) {
    if (type === 41) continue
    demand(name === asked?.name, 'a record is about the name that was asked')
    demand(type === asked?.type, 'a record is of the type that was asked')
    demand(data.length === (type === 1 ? 4 : 16), 'an address has the length of its family')
  }
  const edns = message.records.filter(({ type }) => type === 41).length
  demand(edns <= 1 && edns === input.readUInt16BE(10), 'EDNS is spoken to those who speak it')
}
