import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import type { ProviderId } from '../../../src/core/providers/provider.ts'
import { deriveRunTokens } from '../../../src/core/run-token.ts'
import { ClientRequest } from '../../../src/sidecar/worker/client/client-request.ts'
import { parseRequestHead } from '../../../src/sidecar/worker/client/request-head.ts'
import {
  type ClientGuardOptions,
  createClientGuard,
  type GuardedRequest,
} from '../../../src/sidecar/worker/client-guard.ts'

const tokens = deriveRunTokens('aZ09'.repeat(9))
const OWN = 1001

interface Client {
  readonly headers?: Readonly<Record<string, string>>
  readonly url?: string
  readonly remoteAddress?: string
  readonly localAddress?: string
}

function requestOf({ headers = {}, url = '/v1/models', ...ends }: Client): GuardedRequest {
  const lines = Object.entries({ host: '127.0.0.1:10000', ...headers }).map(([name, value]) => `${name}: ${value}`)
  const head = parseRequestHead([`GET ${url} HTTP/1.1`, ...lines].join('\r\n'), new Set(['GET']))
  const socket = { remoteAddress: '127.0.0.1', localAddress: '127.0.0.1', ...ends } as Socket
  return new ClientRequest(head, { socket, pauseBody: never, resumeBody: never, sendContinue: never })
}

const never = (): never => {
  throw new Error('a guard looks at heads only')
}

function judge(client: Client, options: Partial<ClientGuardOptions> & { readonly provider?: ProviderId } = {}) {
  const guard = createClientGuard({ clientAuth: 'auto', runnerUid: OWN, tokens, findUid: async () => OWN, ...options })
  return guard(requestOf(client), options.provider ?? 'openai')
}

const bearer = (value: string): Client => ({ headers: { authorization: `Bearer ${value}` } })

describe('createClientGuard()', () => {
  test.each<[string, Client]>([
    ['a bearer', bearer(tokens.other)],
    ['the other spelling', bearer(tokens.copilot)],
    ['x-api-key', { headers: { 'x-api-key': tokens.other } }],
    ['x-goog-api-key', { headers: { 'x-goog-api-key': tokens.other } }],
    ['a query parameter', { url: `/v1beta/models?key=${tokens.other}` }],
    ['any header, beside a foreign key', { headers: { authorization: 'Bearer sk-mine', 'api-key': tokens.other } }],
    [
      'a page that was given it',
      { headers: { origin: 'http://localhost:3000', authorization: `Bearer ${tokens.other}` } },
    ],
    ['another machine', { ...bearer(tokens.other), remoteAddress: '10.0.0.7', localAddress: '10.0.0.1' }],
  ])('serves the token in or from %s, under every setting', (_name, client) => {
    for (const clientAuth of ['auto', 'token', 'none'] as const) {
      expect(judge(client, { clientAuth, findUid: async () => undefined })).toBeUndefined()
    }
  })

  test.each<[string, string]>([
    ['a foreign key', 'sk-mine'],
    ['the token cut short', tokens.other.slice(0, -1)],
    ['the token and more', `${tokens.other}x`],
    ['the token in upper case', tokens.other.toUpperCase()],
    ['the bare core', tokens.other.slice('agentproxy-'.length)],
    ['bytes of the same length', 'é'.repeat(tokens.other.length)],
  ])('refuses %s, also from the runner’s own user', (_name, value) => {
    expect(judge(bearer(value))).toBe('client_token_invalid')
  })

  test.each<[string, Client, Partial<ClientGuardOptions> & { provider?: ProviderId }, string | undefined]>([
    ['the runner’s own user', {}, {}, undefined],
    ['another user', {}, { findUid: async () => 1002 }, 'client_token_missing'],
    ['root, when the runner is not', {}, { findUid: async () => 0 }, 'client_token_missing'],
    ['a user nobody can tell', {}, { findUid: async () => undefined }, 'client_token_missing'],
    ['a platform without users', {}, { runnerUid: null, findUid: async () => undefined }, 'client_token_missing'],
    ['another machine', { remoteAddress: '10.0.0.7' }, {}, 'client_token_missing'],
    ['a client that has gone', { remoteAddress: '' }, {}, 'client_token_missing'],
    ['IPv6', { remoteAddress: '::1', localAddress: '::1', headers: { host: '[::1]:10000' } }, {}, undefined],
    ['IPv4 through IPv6', { remoteAddress: '::ffff:127.0.0.1' }, {}, undefined],
    ['the Copilot port', {}, { provider: 'copilot' }, 'client_token_missing'],
    ['client-auth: token', {}, { clientAuth: 'token' }, 'client_token_missing'],
    [
      'client-auth: none, whoever it is',
      { remoteAddress: '10.0.0.7' },
      { clientAuth: 'none', findUid: async () => 1002 },
      undefined,
    ],
  ])('without a credential: %s', async (_name, client, options, expected) => {
    expect(await judge(client, options)).toBe(expected)
  })

  test.each<[string, Client]>([
    ['an origin', { headers: { origin: 'https://evil.example' } }],
    ['the origin null', { headers: { origin: 'null' } }],
    ['fetch metadata', { headers: { 'sec-fetch-site': 'same-origin' } }],
    ['a name that was rebound', { headers: { host: 'evil.example:10000' } }],
    ['a name that looks like loopback', { headers: { host: '127.0.0.1.evil.example' } }],
    ['a host that is none', { headers: { host: 'a b' } }],
    ['an empty host', { headers: { host: '' } }],
  ])('refuses a web page, known by %s, under every setting', (_name, client) => {
    for (const clientAuth of ['auto', 'token', 'none'] as const)
      expect(judge(client, { clientAuth })).toBe('foreign_origin')
  })

  test.each(['localhost', 'localhost:10000', '127.0.0.1', '[::1]:10000', '127.9.9.9:1', 'LOCALHOST'])(
    'knows %s as this machine',
    async (host) => {
      expect(await judge({ headers: { host } })).toBeUndefined()
    },
  )

  test('asks for the user of a connection once, also while the answer is awaited', async () => {
    let asked = 0
    const guard = createClientGuard({
      clientAuth: 'auto',
      runnerUid: OWN,
      tokens,
      findUid: async () => {
        asked += 1
        return OWN
      },
    })
    const request = requestOf({})
    const answers = Array.from({ length: 5 }, () => guard(request, 'openai'))
    expect(await Promise.all(answers)).toEqual(Array(5).fill(undefined))
    expect(guard(request, 'openai')).toBeUndefined()
    expect(asked).toBe(1)
  })

  test('does not ask for the user of those who present a credential', () => {
    const never = (): Promise<number> => {
      throw new Error('must not be asked')
    }
    expect(judge(bearer(tokens.other), { findUid: never })).toBeUndefined()
    expect(judge(bearer('no'), { findUid: never })).toBe('client_token_invalid')
  })
})
