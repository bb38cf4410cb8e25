import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { createResolver, type Resolver } from '../../../src/egress/relay/resolver.ts'
import { createFakeNameServer, type FakeNameServer } from '../../support/fake-name-server.ts'

let names: FakeNameServer
let resolver: Resolver

beforeEach(async () => {
  names = await createFakeNameServer()
  resolver = createResolver({ nameservers: [names.server], hosts: '192.0.2.7 Local.test\n' })
})
afterEach(() => names.close())

const resolve = (name: string) => resolver.resolve(name as Hostname)

describe('createResolver()', () => {
  test('gives IPv6 and IPv4 in turn, IPv6 first', async () => {
    names.records.set('both.test', { a: ['192.0.2.1', '192.0.2.2'], aaaa: ['2001:db8::1'] })
    expect(await resolve('both.test')).toEqual(['2001:db8::1', '192.0.2.1', '192.0.2.2'])
  })

  test.each<[string, 'a' | 'aaaa', readonly string[]]>([
    ['AAAA', 'aaaa', ['192.0.2.1']],
    ['A', 'a', ['2001:db8::1']],
  ])(
    'a name server that never answers for %s does not hide the other family',
    async (_what, silent, expected) => {
      names.records.set('half.test', { a: ['192.0.2.1'], aaaa: ['2001:db8::1'], [silent]: 'silent' })
      expect(await resolve('half.test')).toEqual(expected)
    },
    30_000,
  )

  test('the hosts file wins, and nobody is asked', async () => {
    expect(await resolve('local.test')).toEqual(['192.0.2.7'])
    expect(names.queries).toEqual([])
  })

  test.each([
    ['a name that is not there', () => undefined],
    ['a name without addresses', () => void names.records.set('gone.test', {})],
  ])('%s is unresolvable', async (_what, prepare) => {
    prepare()
    await expect(resolve('gone.test')).rejects.toMatchObject({ reason: 'unresolvable' })
  })

  test('recalls what it was told, without asking', async () => {
    names.records.set('known.test', { a: ['192.0.2.1'] })
    expect(resolver.recall('known.test' as Hostname)).toBeUndefined()
    await resolve('known.test')
    expect(resolver.recall('known.test' as Hostname)).toEqual(['192.0.2.1'])
    expect(resolver.recall('local.test' as Hostname)).toEqual(['192.0.2.7'])
  })

  test('without name servers says so', async () => {
    const lonely = createResolver({ nameservers: [], hosts: '' })
    await expect(lonely.resolve('a.test' as Hostname)).rejects.toMatchObject({ failure: 'NO_NAME_SERVER' })
  })

  test('many that ask at once share one question for each family, and so does who asks a moment later', async () => {
    names.records.set('busy.test', { a: ['192.0.2.1'] })
    await Promise.all(Array.from({ length: 20 }, () => resolve('busy.test')))
    await resolve('busy.test')
    expect(names.queries.toSorted()).toEqual(['busy.test 1', 'busy.test 28'])
  })
})
