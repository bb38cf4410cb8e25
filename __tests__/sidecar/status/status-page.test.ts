import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { RequestEvent } from '../../../src/core/events.ts'
import { createReport } from '../../../src/core/report/create-report.ts'
import { createStatusPage, type StatusPage } from '../../../src/sidecar/worker/status/status-page.ts'
import { ask, open } from '../../support/http-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

const EVENT: RequestEvent = {
  kind: 'request',
  time: '2026-01-02T03:04:05.678Z',
  id: '1',
  provider: 'openai',
  method: 'POST',
  path: '/v1/responses',
  upstream: 'api.openai.com',
  transport: 'sse',
  outcome: 'complete',
  status: 200,
  bytesIn: 1,
  bytesOut: 1,
  firstByteMs: 1,
  ms: 2,
}

describe('status page', () => {
  let page: StatusPage
  let server: Server
  let port = 0
  let asked = 0
  let redacted = 0
  const firewall = { level: 'wrapped', mode: 'audit', logPath: '/nowhere' } as const
  beforeEach(async () => {
    asked = 0
    redacted = 0
    page = createStatusPage({
      config: { runId: 'run', runnerUid: null, firewall },
      checks: () => [],
      report: createReport,
      ports: () => undefined,
      redact: (text) => {
        redacted += 1
        return text.replace('s3cret', '«redacted»')
      },
      askFirewall: () => {
        asked += 1
        setImmediate(() => page.onFirewallDigest(null))
      },
    })
    server = createServer((request, response) => {
      if (!page.answer(request.url ?? '', request, response)) response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    port = (server.address() as AddressInfo).port
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })
  const at = (path: string): string => `http://127.0.0.1:${port}${path}`

  test.each(['/', '/status.css', '/status.js', '/status.json', '/events'])(
    '%s forbids everything that it does not need',
    async (path) => {
      const response = await open(at(path))
      response.destroy()
      expect(response.statusCode).toBe(200)
      expect(response.headers).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(response.headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  test.each([
    ['a name that was rebound to this machine', { host: 'rebound.example:PORT' }],
    ['a name that starts like ours', { host: 'localhost.example:PORT' }],
    ['another port', { host: '127.0.0.1:1' }],
    ['no port', { host: '127.0.0.1' }],
    ['an address of the network', { host: '192.0.2.1:PORT' }],
    ['a page of another site', { host: '127.0.0.1:PORT', 'sec-fetch-site': 'cross-site' }],
    ['a page of this machine on another port', { host: '127.0.0.1:PORT', 'sec-fetch-site': 'same-site' }],
    ['another origin', { host: '127.0.0.1:PORT', origin: 'https://evil.example' }],
    ['an origin without a name', { host: '127.0.0.1:PORT', origin: 'null' }],
  ])('%s gets nothing of it', async (_, headers) => {
    page.push(JSON.stringify({ ...EVENT, path: '/v1/seen' }))
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', `${port}`)]),
    )
    for (const path of ['/', '/status.json', '/events']) {
      const { status, text } = await ask(at(path), { headers: given })
      expect([status, text.includes('seen')]).toEqual([403, false])
    }
  })

  test.each([
    [{ host: 'localhost:PORT' }],
    [{ host: '127.0.0.1:PORT', 'sec-fetch-site': 'none' }],
    [{ host: '127.0.0.1:PORT', 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:PORT' }],
  ])('%j may look', async (headers) => {
    const given = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', `${port}`)]),
    )
    expect((await ask(at('/status.json'), { headers: given })).status).toBe(200)
  })

  test('keeps the last 200 requests, newest first, and redacts what a client has put into a path', async () => {
    for (let index = 0; index < 450; index += 1) page.push(JSON.stringify({ ...EVENT, path: `/v1/${index}/s3cret` }))
    const { requests } = JSON.parse((await ask(at('/status.json'))).text) as { requests: RequestEvent[] }
    expect(requests.map(({ path }) => path)).toEqual(
      Array.from({ length: 200 }, (_, index) => `/v1/${449 - index}/«redacted»`),
    )
    expect((await ask(at('/'))).text).not.toContain('s3cret')
  })

  test('a request costs nothing but its slot while nobody looks', async () => {
    for (let index = 0; index < 1000; index += 1) page.push(JSON.stringify(EVENT))
    await new Promise((resolve) => setImmediate(resolve))
    expect([redacted, asked]).toEqual([0, 0])
  })

  test('asks for the figures of the firewall at most once a second, however many look', async () => {
    await Promise.all(Array.from({ length: 20 }, () => ask(at('/status.json'))))
    expect(asked).toBe(1)
  })

  test('the ninth live page is told to wait, and has its place when another goes', async () => {
    const first = await Promise.all(Array.from({ length: 8 }, () => open(at('/events'))))
    expect((await ask(at('/events'))).status).toBe(503)
    first[0]?.destroy()
    await waitUntil('a place is free', async () => {
      const response = await open(at('/events'))
      response.destroy()
      return response.statusCode === 200 ? true : undefined
    })
    for (const response of first) response.destroy()
  })
})
