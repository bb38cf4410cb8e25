import type { Socket } from 'node:net'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { buildConnector } from 'undici'
import connectorBuilder from 'undici/lib/core/connect.js'
import { renderOrigin, type Upstream } from '../../core/upstream.ts'
import type { ProxyChoice } from './proxy-choice.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { ConnectionPool } from './upstream/connection-pool.ts'
import type { UpstreamLookup } from './upstream-lookup.ts'

/**
 * The only way out of the sidecar: proxying, WebSockets, probes, discovery and token exchanges all connect here, so that a
 * corporate proxy and an extra CA hold for every one of them.
 */
export interface UpstreamClient {
  /** Keep-alive pool of HTTP/1.1 connections for an origin. HTTP/2 costs more CPU and far worse tails here (measured). */
  pool(upstream: Upstream): ConnectionPool
  /** A fresh connection, TLS done: for WebSocket upgrades. */
  connect(upstream: Upstream): Promise<Socket>
  close(): Promise<void>
}

export interface UpstreamClientOptions {
  readonly proxyFor: ProxyChoice
  /** PEM texts trusted beside the built-in roots. */
  readonly extraCa: readonly string[]
  /** Longest silence of an upstream, before and within an answer; 0 = none. */
  readonly idleTimeoutMs: number
  /** How names of upstreams and proxies become addresses; absent = by the system. */
  readonly lookup?: UpstreamLookup
}

const CONNECT_TIMEOUT_MS = 10_000
// Longer than the clients keep theirs, shorter than the 60 s of common load balancers.
const KEEP_ALIVE_MS = 55_000

// A limit, not an allocation; large bodies pass up to a third faster than with 16 KiB (measured).
const STREAM_BUFFER_BYTES = 256 * 1024

export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const connector = createConnector(options)
  const pools = new Map<string, ConnectionPool>()
  return {
    pool: (upstream) => {
      const origin = renderOrigin(upstream)
      let pool = pools.get(origin)
      if (pool === undefined) {
        pool = new ConnectionPool(upstream, {
          connect: (to) => connectTo(connector, to),
          idleTimeoutMs: options.idleTimeoutMs,
          keepAliveMs: KEEP_ALIVE_MS,
        })
        pools.set(origin, pool)
      }
      return pool
    },
    connect: (upstream) => connectTo(connector, upstream),
    close: async () => {
      for (const pool of pools.values()) pool.destroy()
    },
  }
}

function createConnector(options: UpstreamClientOptions): buildConnector.connector {
  const secureContext = createTrust(options.extraCa)
  const lookup = options.lookup === undefined ? {} : { lookup: options.lookup }
  const direct = connectorBuilder({
    allowH2: false,
    timeout: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    highWaterMark: STREAM_BUFFER_BYTES,
    ...(secureContext === undefined ? {} : { secureContext }),
    ...lookup,
  })
  return (target, callback) => {
    const scheme = target.protocol === 'https:' ? 'https' : 'http'
    const port = Number(target.port) || (scheme === 'https' ? 443 : 80)
    const hostname = target.hostname.replace(/^\[|\]$/g, '')
    const proxy = options.proxyFor({ scheme, hostname: hostname as Upstream['hostname'], port })
    if (proxy === undefined) {
      direct(target, callback)
      return
    }
    openTunnel({ proxy, host: hostname, port, timeoutMs: CONNECT_TIMEOUT_MS, secureContext, ...lookup }).then(
      (socket) => (scheme === 'https' ? direct({ ...target, httpSocket: socket }, callback) : callback(null, socket)),
      (error: Error) => callback(error, null),
    )
  }
}

function createTrust(extraCa: readonly string[]): SecureContext | undefined {
  return extraCa.length === 0 ? undefined : createSecureContext({ ca: [...rootCertificates, ...extraCa] })
}

function connectTo(connector: buildConnector.connector, upstream: Upstream): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  connector(
    {
      hostname: upstream.hostname,
      host: upstream.hostname,
      protocol: `${upstream.scheme}:`,
      port: String(upstream.port),
    },
    (error, socket) => (error === null ? resolve(socket) : reject(error)),
  )
  return promise
}
