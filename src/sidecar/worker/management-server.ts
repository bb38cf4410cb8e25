import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { METRICS_CONTENT_TYPE, renderMetrics } from '../../core/report/render-metrics.ts'
import type { TrafficReport } from '../../core/report.ts'
import type { ProviderCheck } from '../../core/sidecar-config.ts'
import { VERSION } from '../../core/version.ts'
import { type BoundPorts, LONGEST_DRAIN_MS } from '../ipc.ts'
import { isLocalHost } from './is-local-host.ts'
import type { StatusPage } from './status/status-page.ts'

export interface ManagementOptions {
  readonly runId: string
  readonly controlToken: string
  readonly nodeVersion: string
  readonly report: () => TrafficReport
  readonly checks: () => readonly ProviderCheck[]
  readonly ports: () => BoundPorts | undefined
  /** Drains and resolves with the final figures; the worker ends after the answer is out. */
  readonly stop: (drainMs: number) => Promise<TrafficReport>
  readonly onStopped: () => void
  readonly status: Pick<StatusPage, 'answer'>
}

const DEFAULT_DRAIN_MS = 2000

type Answer = { readonly status: number; readonly type: string; readonly body: string }

/** Health, figures, the status page and the authenticated stop, on loopback only. */
export function createManagementServer(options: ManagementOptions): Server {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, keepAliveTimeout: 5000 })
  server.on('request', (request, response) => {
    request.on('error', () => undefined)
    request.resume()
    answer(options, request, response).catch(() => send(response, { status: 500, type: 'text/plain', body: '' }))
  })
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('connect', (_request: IncomingMessage, socket) => socket.destroy())
  server.emit('listening')
  return server
}

async function answer(options: ManagementOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Figures and hosts are nobody's business who had a name of his rebound to this address.
  if (!isLocalHost(request.headers.host, request.socket)) return send(response, json(403, { error: 'foreign host' }))
  // Not as a URL: //host would be read as an address, and its path as ours.
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const route = `${request.method} ${path}`
  if (route === 'GET /health') return send(response, json(200, renderHealth(options)))
  if (route === 'GET /ready') return send(response, json(200, { ready: true }))
  if (route === 'GET /metrics') return send(response, metrics(options))
  if (request.method === 'GET' && options.status.answer(path, request, response)) return
  if (route !== 'GET /report' && route !== 'POST /stop') return send(response, json(404, { error: 'not found' }))
  if (!isAuthorized(request, options.controlToken)) return send(response, json(401, { error: 'control token needed' }))
  if (route === 'GET /report') return send(response, json(200, { runId: options.runId, report: options.report() }))
  const wanted = Number(new URLSearchParams(query).get('drain-ms') ?? DEFAULT_DRAIN_MS)
  const drainMs = Number.isFinite(wanted) ? Math.min(Math.max(0, wanted), LONGEST_DRAIN_MS) : DEFAULT_DRAIN_MS
  const report = await options.stop(drainMs)
  // A client that left during the drain has had its 'close' already.
  if (response.destroyed) options.onStopped()
  else response.once('close', options.onStopped)
  send(response, json(200, { runId: options.runId, report }))
}

function renderHealth(options: ManagementOptions): unknown {
  return {
    status: 'ok',
    runId: options.runId,
    providers: options.checks().map(({ provider, verdict, routing, upstream }) => ({
      provider,
      verdict,
      routing,
      upstream: upstream.hostname,
      port: options.ports()?.providers[provider] ?? null,
    })),
  }
}

function metrics(options: ManagementOptions): Answer {
  const facts = { isReady: options.ports() !== undefined, version: VERSION, nodeVersion: options.nodeVersion }
  return { status: 200, type: METRICS_CONTENT_TYPE, body: renderMetrics(options.report(), facts) }
}

function isAuthorized(request: IncomingMessage, controlToken: string): boolean {
  const given = Buffer.from((request.headers.authorization ?? '').replace(/^Bearer /, ''))
  const wanted = Buffer.from(controlToken)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(body) }
}

function send(response: ServerResponse, reply: Answer): void {
  if (response.headersSent) return
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(reply.body)
}
