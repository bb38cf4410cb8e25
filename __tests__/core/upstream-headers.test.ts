import { describe, expect, test } from '@jest/globals'
import { CREDENTIAL_HEADERS } from '../../src/core/credential-headers.ts'
import {
  deriveClientHeaders,
  deriveCredentialHeader,
  deriveUpstreamHeaders,
  type Injection,
} from '../../src/core/upstream-headers.ts'
import { createRandom } from './usage/seeded-random.ts'

const inject: Injection = { credential: ['authorization', 'Bearer real'], extra: [], defaults: [] }

/** Pairs of a flat list, names in lower case. */
function pairs(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [
    (flat[index * 2] ?? '').toLowerCase(),
    flat[index * 2 + 1] ?? '',
  ])
}

describe('deriveUpstreamHeaders()', () => {
  test.each<[string, string[]]>([
    ['a credential in any header', ['Authorization', 'Bearer x', 'X-Api-Key', 'x', 'Cookie', 'a=b', 'API-KEY', 'x']],
    [
      'hop-by-hop headers',
      ['Keep-Alive', '1', 'TE', 'trailers', 'Trailer', 'x', 'Transfer-Encoding', 'chunked', 'Upgrade', 'x'],
    ],
    ['what Connection names', ['Connection', 'close, X-Named ,authorization', 'X-Named', '1']],
    ['what a second Connection names', ['connection', 'close', 'Connection', 'x-named', 'X-Named', '1']],
    [
      'host and forwarding headers',
      ['Host', 'a', 'Forwarded', 'x', 'X-Forwarded-For', '1', 'Via', 'x', 'Expect', '100-continue'],
    ],
    [
      'forwarding headers of every kind',
      ['X-Forwarded-Host', 'a', 'x-forwarded-server', 'b', 'X-FORWARDED-PREFIX', '/c'],
    ],
  ])('leaves out %s', (_name, raw) => {
    expect(deriveUpstreamHeaders(raw, inject)).toEqual(['authorization', 'Bearer real'])
  })

  test('keeps everything else as it was written, in its order, doubled ones too', () => {
    const raw = ['X-B', '1', 'Content-Type', 'application/json', 'x-b', '2', 'OpenAI-Beta', 'x']
    expect(deriveUpstreamHeaders(raw, inject).slice(0, -2)).toEqual(raw)
  })

  test('passthrough keeps the client’s credential and adds none', () => {
    const plain: Injection = { extra: [], defaults: [], keepsClientCredential: true }
    expect(deriveUpstreamHeaders(['Authorization', 'Bearer mine', 'TE', 'x'], plain)).toEqual([
      'Authorization',
      'Bearer mine',
    ])
  })

  test('a keyless upstream gets no credential of the client either', () => {
    expect(deriveUpstreamHeaders(['Authorization', 'Bearer placeholder'], { extra: [], defaults: [] })).toEqual([])
  })

  test('extra headers replace the client’s, defaults give way to them', () => {
    const injection: Injection = {
      ...inject,
      extra: [['x-team', 'ours']],
      defaults: [
        ['x-id', 'default'],
        ['x-new', 'n'],
      ],
    }
    expect(deriveUpstreamHeaders(['X-Team', 'theirs', 'X-Id', 'client'], injection)).toEqual([
      'X-Id',
      'client',
      'x-new',
      'n',
      'x-team',
      'ours',
      'authorization',
      'Bearer real',
    ])
  })

  test('a credential in a header of the user’s choice replaces the client’s header of that name', () => {
    const injection: Injection = { ...inject, credential: ['x-gateway-key', 'real'] }
    expect(deriveUpstreamHeaders(['X-Gateway-Key', 'mine', 'Authorization', 'Bearer mine'], injection)).toEqual([
      'x-gateway-key',
      'real',
    ])
  })

  test.each<[string, string[], string]>([
    ['none', [], 'oauth-2025'],
    ['others', ['Anthropic-Beta', 'a, b', 'anthropic-beta', 'c'], 'a,b,c,oauth-2025'],
    ['the same', ['anthropic-beta', 'oauth-2025,a'], 'oauth-2025,a'],
    ['an empty one', ['anthropic-beta', ' , '], 'oauth-2025'],
  ])('merges its beta into %s of the client’s', (_name, raw, expected) => {
    const headers = pairs(deriveUpstreamHeaders(raw, { ...inject, beta: 'oauth-2025' }))
    expect(headers.filter(([name]) => name === 'anthropic-beta')).toEqual([['anthropic-beta', expected]])
  })

  const HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host']
  const NAMES = [
    ...CREDENTIAL_HEADERS,
    ...HOP,
    'accept',
    'content-type',
    'x-named',
    'openai-beta',
    'anthropic-beta',
    'x-team',
    '',
  ]
  const VALUES = ['', 'x', 'Bearer placeholder', 'close', 'authorization', 'x-named, x-api-key', 'X-TEAM,,', 'a, b']

  test('whatever a client sends: one credential, nothing hop-by-hop, nothing that Connection named, the input untouched', () => {
    const random = createRandom(20261123)
    const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
    const spell = (name: string): string => (random() < 0.3 ? name.toUpperCase() : name)
    for (let round = 0; round < 20_000; round += 1) {
      const raw = Array.from({ length: Math.floor(random() * 12) }, () => [spell(pick(NAMES)), pick(VALUES)]).flat()
      const before = [...raw]
      const credential: readonly [string, string] = [pick([...CREDENTIAL_HEADERS, 'x-team']), 'the-real-key']
      const injection: Injection = { credential, extra: [['x-fixed', '1']], defaults: [['accept', '*/*']] }
      const headers = pairs(deriveUpstreamHeaders(raw, injection))
      const named = pairs(raw).flatMap(([name, value]) =>
        name === 'connection' ? value.toLowerCase().split(/\s*,\s*/) : [],
      )
      const own = new Set([credential[0], 'x-fixed', 'accept'])
      const carriers = headers.filter(([name]) => CREDENTIAL_HEADERS.has(name) || name === credential[0])
      expect(carriers).toEqual([credential])
      expect(headers.filter(([name]) => HOP.includes(name))).toEqual([])
      expect(headers.filter(([name]) => named.includes(name) && !own.has(name))).toEqual([])
      expect(raw).toEqual(before)
    }
  })
})

describe('deriveCredentialHeader()', () => {
  test.each([
    ['openai', 'sk-1', {}, ['authorization', 'Bearer sk-1']],
    ['azure', 'k', {}, ['api-key', 'k']],
    ['google', 'AIza', {}, ['x-goog-api-key', 'AIza']],
    ['bedrock', 'k', {}, ['authorization', 'Bearer k']],
    ['azure', 'eyJh.eyJz.sig', {}, ['authorization', 'Bearer eyJh.eyJz.sig']],
    ['google', 'ya29.a0', {}, ['authorization', 'Bearer ya29.a0']],
    ['anthropic', 'sk-ant-api03-x', {}, ['x-api-key', 'sk-ant-api03-x']],
    ['anthropic', 'sk-ant-oat01-x', {}, ['authorization', 'Bearer sk-ant-oat01-x']],
    ['copilot', 'gho_x', {}, ['authorization', 'Bearer gho_x']],
    ['copilot', 'gho_x', { scheme: 'token' }, ['authorization', 'token gho_x']],
    ['openai', 'k', { authHeader: 'x-gateway-key' }, ['x-gateway-key', 'k']],
    ['azure', 'k', { authHeader: 'authorization' }, ['authorization', 'Bearer k']],
  ] as const)('%s with %s and %j', (dialect, secret, options, expected) => {
    expect(deriveCredentialHeader(dialect, secret, options)).toEqual(expected)
  })
})

describe('deriveClientHeaders()', () => {
  test('removes hop-by-hop headers and those that Connection names; doubled ones stay doubled', () => {
    const headers = [
      ...[
        'Connection',
        'close, X-Named',
        'X-Named',
        '1',
        'Transfer-Encoding',
        'chunked',
        'Keep-Alive',
        '5',
        'Trailer',
        'x',
      ],
      ...['Set-Cookie', 'a=1', 'set-cookie', 'b=2', 'X-RateLimit', '9'],
    ]
    expect(deriveClientHeaders(headers)).toEqual(['set-cookie', 'a=1', 'set-cookie', 'b=2', 'x-ratelimit', '9'])
  })
})
