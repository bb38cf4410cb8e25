import { describe, expect, test } from '@jest/globals'
import { parseDnsQuery } from '../../../src/core/egress-wire/dns-query.ts'
import { createDnsAnswerer } from '../../../src/egress/relay/answer-dns.ts'
import { createNamePool } from '../../../src/egress/relay/name-pool.ts'
import { parseHosts } from '../../../src/core/egress-wire/parse-hosts.ts'
import { readReply, renderQuestion } from '../../support/ask-dns.ts'
import { createSeededRandom } from '../../support/seeded-random.ts'

const HOSTS = '127.0.0.1 localhost\n# no\n10.0.0.7 Box box.corp.internal # x\nfd00::7 box.corp.internal\nnonsense\n'
const [A, AAAA, HTTPS, SVCB, TXT, PTR] = [1, 28, 65, 64, 16, 12]

const answer = createDnsAnswerer(
  { hosts: parseHosts(HOSTS), isNamed: (name) => name === 'ghes.corp.internal' },
  createNamePool(),
)
const ask = (name: string, type: number, isEdns = false) => readReply(answer(renderQuestion(name, type, isEdns)) ?? Buffer.alloc(12))

describe('createDnsAnswerer()', () => {
  test('gives each name its own address, the same every time', () => {
    const [first, second] = [ask('one.example.com', A), ask('two.example.com', A)]
    expect(first.code).toBe(0)
    expect(first.addresses[0]).toMatch(/^198\.1[89]\./)
    expect(second.addresses).not.toEqual(first.addresses)
    expect(ask('ONE.example.COM', A).addresses).toEqual(first.addresses)
  })

  test.each([
    ['any.example.com', AAAA, 0, []],
    ['any.example.com', HTTPS, 0, []],
    ['any.example.com', SVCB, 0, []],
    ['any.example.com', TXT, 0, []],
    ['', 2, 0, []],
    ['single', A, 3, []],
    ['printer.local', A, 3, []],
    ['metadata.google.internal', A, 3, []],
    ['4.3.2.1.in-addr.arpa', PTR, 3, []],
    ['1.2.3.4', A, 3, []],
    ['spaced name.example.com', A, 3, []],
    ['nul\0.example.com', A, 3, []],
    ['localhost', A, 0, ['127.0.0.1']],
    ['app.localhost', A, 0, ['127.0.0.1']],
    ['app.localhost', AAAA, 0, ['00000000000000000000000000000001']],
    ['box', A, 0, ['10.0.0.7']],
    ['BOX.corp.internal', AAAA, 0, ['fd000000000000000000000000000007']],
    ['box', AAAA, 0, []],
  ])('%j type %i gives code %i and %j', (name, type, code, addresses) => {
    expect(ask(name, type)).toMatchObject({ code, addresses })
  })

  test('answers for a server of the customer that a rule names, also in a local zone', () => {
    expect(ask('ghes.corp.internal', A).addresses).toHaveLength(1)
  })

  test('copies the question with its mixed case, and speaks EDNS to those who do', () => {
    const question = renderQuestion('WwW.eXaMpLe.CoM', A, true)
    const reply = answer(question) ?? Buffer.alloc(0)
    expect(reply.subarray(12, question.length - 11)).toEqual(question.subarray(12, question.length - 11))
    expect(reply.readUInt16BE(10)).toBe(1)
    expect(ask('www.example.com', A).message.readUInt16BE(10)).toBe(0)
  })

  test.each<[string, (message: Buffer) => Buffer, number | undefined]>([
    ['an answer', (m) => set(m, 2, 0x81), undefined],
    ['less than a head', (m) => m.subarray(0, 11), undefined],
    ['another operation', (m) => set(m, 2, 0x29), 4],
    ['two questions', (m) => set(m, 5, 2), 1],
    ['no question', (m) => set(m, 5, 0), 1],
    ['an answer section', (m) => set(m, 7, 1), 1],
    ['an authority section', (m) => set(m, 9, 1), 1],
    ['an additional record that is not there', (m) => set(m, 11, 1), 1],
    ['a pointer in the name', (m) => set(m, 12, 0xc0), 1],
    ['a label beyond the end', (m) => set(m, 12, 63), 1],
    ['bytes behind the end', (m) => Buffer.concat([m, Buffer.from([0])]), 1],
    ['another class', (m) => set(m, m.length - 1, 3), 5],
  ])('%s is answered with %#', (_what, change, code) => {
    const reply = answer(change(renderQuestion('www.example.com', A)))
    expect(reply === undefined ? undefined : readReply(Buffer.concat([reply, Buffer.alloc(8)])).code).toBe(code)
  })

  test('is ready for every cut and for changed bytes: an answer or silence, never a throw', () => {
    const question = renderQuestion('www.example.com', A, true)
    for (let cut = 0; cut < question.length; cut += 1) {
      const reading = parseDnsQuery(question.subarray(0, cut))
      expect([cut, reading.kind]).toEqual([cut, cut < 12 ? 'ignored' : 'refused'])
    }
    const random = createSeededRandom(53)
    for (let round = 0; round < 40_000; round += 1) {
      const changed = Buffer.from(question)
      for (let count = 1 + random(4); count > 0; count -= 1) changed[random(changed.length)] = random(256)
      const reply = answer(changed)
      if (reply !== undefined) expect(reply.length).toBeLessThanOrEqual(512)
    }
  })
})

describe('createNamePool()', () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `n${at}.example.com` as never)

  test('forgets the longest unasked name, and never one that a connection holds', () => {
    const pool = createNamePool(3)
    const [one, two, three, four, five] = names(5)
    const addresses = [one, two, three].map((name) => pool.addressFor(name as never) ?? '')
    const release = pool.hold(addresses[0] ?? '')
    pool.addressFor(four as never)
    expect(pool.nameOf(addresses[0] ?? '')).toBe(one)
    expect(pool.nameOf(addresses[1] ?? '')).toBeUndefined()
    release()
    pool.addressFor(five as never)
    expect(pool.nameOf(addresses[0] ?? '')).toBeUndefined()
  })

  test('gives no address when every one is held', () => {
    const pool = createNamePool(1)
    const [one, two] = names(2)
    const release = pool.hold(pool.addressFor(one as never) ?? '')
    expect(pool.addressFor(two as never)).toBeUndefined()
    release()
    release()
    expect(pool.addressFor(two as never)).toBeDefined()
  })

  test('20,000 names have 20,000 addresses of the range, and a new pool gives the same', () => {
    const [pool, again] = [createNamePool(), createNamePool()]
    const all = names(20_000)
    const addresses = all.map((name) => pool.addressFor(name) ?? '')
    expect(new Set(addresses).size).toBe(20_000)
    expect(addresses.every((address) => /^198\.1[89]\.\d+\.\d+$/.test(address))).toBe(true)
    expect(all.map((name) => again.addressFor(name))).toEqual(addresses)
    expect(all.every((name, at) => pool.nameOf(addresses[at] ?? '') === name)).toBe(true)
  })
})

function set(message: Buffer, at: number, value: number): Buffer {
  const changed = Buffer.from(message)
  changed[at] = value
  return changed
}
