import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import type { FakeAnswer, FakeService } from '../../fakes/exchange.ts'
import { findSpellings } from '../../support/find-spellings.ts'
import { IssuedSidecar } from '../../support/issued-sidecar.ts'
import type { IssuerSetup } from '../../support/issuer-hosts.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** An upstream that lets everything in, and tells the client what it was shown. */
function echo(render: (token: string) => FakeAnswer) {
  return (service: FakeService, _setup: IssuerSetup): FakeService => ({
    answer: (request) => {
      const token = (request.header('authorization') ?? '').replace('Bearer ', '')
      return request.method === 'POST' ? render(token) : service.answer(request)
    },
  })
}

const text = (body: string, headers: Readonly<Record<string, string>> = {}): FakeAnswer => ({
  kind: 'text',
  status: 400,
  body,
  headers,
})
const bytes = (...chunks: readonly Buffer[]): FakeAnswer => ({
  kind: 'bytes',
  status: 200,
  chunks,
  headers: { 'content-type': 'text/event-stream' },
})

describe('sidecar: an upstream that tells the client which credential it was shown', () => {
  test.each([
    ['in a header', (token: string) => text('no', { 'x-debug': `got Bearer ${token}!` })],
    ['in the body of an error', (token: string) => text(JSON.stringify({ error: `Incorrect token: ${token}.` }))],
    ['in an event of a stream', (token: string) => ({ kind: 'events' as const, events: [{ data: { token } }] })],
    [
      'cut in two by a write',
      (token: string) => bytes(Buffer.from(`data: ${token.slice(0, 9)}`), Buffer.from(`${token.slice(9)}\n\n`)),
    ],
    ['one byte at a time', (token: string) => bytes(...[...`data: ${token}\n\n`].map((letter) => Buffer.from(letter)))],
    ['twice, side by side', (token: string) => text(token + token)],
    ['at the very end', (token: string) => text(`token=${token}`)],
  ] as const)('%s: the client does not see it', async (_name, render) => {
    await using issued = await IssuedSidecar.start('oauth', { around: echo(render) })
    const answer = await issued.ask()
    const seen = JSON.stringify(answer.rawHeaders) + answer.text
    const token = issued.setup.tokens.newest()
    expect(seen).not.toContain(token)
    expect(seen).not.toContain(token.slice(4, -1))
    expect(answer.complete).toBe(true)
    expect(await issued.waitForRequest(({ method }) => method === 'POST')).toBeDefined()
    expect(issued.sidecar.readLog() + JSON.stringify(issued.sidecar.readEvents())).not.toContain(token)
  })

  test.each([false, true])('compressed although nobody asked for it (named by an input: %s)', async (isExplicit) => {
    const render = (token: string): FakeAnswer => ({
      kind: 'bytes',
      status: 400,
      chunks: [gzipSync(`Incorrect token: ${token}, ${Buffer.from(token).toString('hex')}`)],
      headers: { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
    })
    const provider = { upstreamIsExplicit: isExplicit }
    await using issued = await IssuedSidecar.start('oauth', { around: echo(render), provider })
    const answer = await issued.ask({ headers: { 'accept-encoding': 'gzip' } })
    expect(issued.world.upstream.requests.at(-1)?.header('accept-encoding')).toBe('identity')
    expect(answer.text).toMatch(/^Incorrect token: \*+, \*+$/)
    expect(findSpellings(answer.text, issued.setup.tokens.newest())).toEqual([])
  })

  test('an issuer that compresses although nobody asked for it is understood', async () => {
    await using issued = await IssuedSidecar.start('oauth', { issuers: { compress: 'always' } })
    expect((await issued.ask()).status).toBe(200)
  })

  test('an issuer that quotes secrets in its errors: none stands in the log or in the answer', async () => {
    await using issued = await IssuedSidecar.start('oauth-refresh')
    const { tokens, issuer, secretsSeen } = issued.setup
    const all = secretsSeen().map(({ value }) => value)
    issuer.set({ kind: 'json', status: 500, body: { error: 'server_error', error_description: all.join(' and ') } })
    tokens.revokeAll()
    const answer = await issued.ask()
    expect(answer.status).toBe(401)
    const log = await waitUntil('the failure is in the log', () => {
      const said = issued.sidecar.readLog() + JSON.stringify(issued.sidecar.readEvents())
      return said.includes('credential-failed') && said
    })
    for (const value of all) expect(log + answer.text).not.toContain(value)
  })
})
