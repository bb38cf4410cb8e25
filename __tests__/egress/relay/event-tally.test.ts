import { beforeEach, describe, expect, test } from '@jest/globals'
import type { EgressEvent } from '../../../src/core/egress-event.ts'
import { createEventTally, type EventTally, type TalliedEvent } from '../../../src/egress/relay/event-tally.ts'

const REFUSED: EgressEvent = {
  kind: 'egress',
  time: '2026-01-01T00:00:00.000Z',
  verdict: 'blocked',
  protocol: 'tls',
  host: 'bad.test',
  port: 443,
  address: null,
  reason: 'not-allowed',
  uid: 1001,
  pid: null,
  program: null,
  bytesOut: 0,
  bytesIn: 7,
  ms: 1,
}

let given: TalliedEvent[]
let tally: EventTally

beforeEach(() => {
  given = []
  tally = createEventTally(
    (one) => given.push(one),
    () => 0,
  )
})

const add = (change: Partial<EgressEvent> = {}, inode: number | null = null): void =>
  tally.add({ event: { ...REFUSED, ...change }, inode })

const counts = (): readonly (number | undefined)[] => given.map(({ event }) => event.count)

describe('createEventTally()', () => {
  test('the first refusal goes out at once, what repeats it as one line with its number', () => {
    for (let at = 0; at < 5; at += 1) add()
    expect(counts()).toEqual([undefined])
    tally.flush()
    expect(counts()).toEqual([undefined, 4])
  })

  test('a refusal that came once more has no number, and the socket of the last one', () => {
    add({}, 1)
    add({}, 2)
    tally.flush()
    expect(given.map(({ inode }) => inode)).toEqual([1, 2])
    expect(counts()).toEqual([undefined, undefined])
  })

  test.each<[string, Partial<EgressEvent>]>([
    ['host', { host: 'other.test' }],
    ['port', { port: 8443 }],
    ['reason', { reason: 'denied' }],
    ['user', { uid: 0 }],
    ['program', { program: '/bin/other' }],
  ])('refusals with another %s are told apart', (_what, change) => {
    add()
    add(change)
    expect(given).toHaveLength(2)
  })

  test.each(['allowed', 'would-block'] as const)('what passed (%s) is always a line of its own', (verdict) => {
    for (let at = 0; at < 3; at += 1) add({ verdict })
    expect(given).toHaveLength(3)
  })

  test('a client that makes up names is not remembered without end, and nothing of it is lost', () => {
    for (let at = 0; at < 3000; at += 1) add({ host: `name-${at}.test` })
    expect(given).toHaveLength(3000)
    add({ host: 'name-2999.test' })
    expect(given).toHaveLength(3001)
  })

  test('nothing is given twice', () => {
    add()
    add()
    tally.flush()
    tally.flush()
    expect(given).toHaveLength(2)
  })
})
