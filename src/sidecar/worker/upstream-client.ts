import type { Socket } from 'node:net'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import { renderOrigin, type Upstream } from '../../core/upstream.ts'
import { createDial } from './dial.ts'
import type { ProxyChoice } from './proxy-choice.ts'
import { openTunnel } from './proxy-tunnel.ts'
import { ConnectionPool } from './upstream/connection-pool.ts'
import type { UpstreamLookup } from './upstream-lookup.ts'
import type { SocketReader } from './wire/socket-reader.ts'

/**
 * The only way out of the sidecar: proxying, WebSockets, probes, discovery and token exchanges all connect here, so that a
 * corporate proxy and an extra CA hold for every one of them.
 */
export interface UpstreamClient {
  /** Keep-alive pool of HTTP/1.1 connections for an origin. HTTP/2 costs more CPU and far worse tails here (measured). */
  pool(upstream: Upstream): ConnectionPool
  /** A fresh connection, TLS done: for WebSocket upgrades. */
  connect(upstream: Upstream): Promise<Socket>
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
const STREAM_BUFFER_BYTES = 64 * 1024

/** One client with pools of its own; nothing is connected before the first request. */
export function createUpstreamClient(options: UpstreamClientOptions): UpstreamClient {
  const connect = createConnector(options)
  const pools = new Map<string, ConnectionPool>()
  return {
    pool: (upstream) => {
      const origin = renderOrigin(upstream)
      let pool = pools.get(origin)
      if (pool === undefined) {
        pool = new ConnectionPool(upstream, {
          connect,
          idleTimeoutMs: options.idleTimeoutMs,
          keepAliveMs: KEEP_ALIVE_MS,
        })
        pools.set(origin, pool)
      }
      return pool
    },
    connect: (upstream) => connect(upstream),
  }
}

type Connect = (upstream: Upstream, reader?: SocketReader) => Promise<Socket>

function createConnector(options: UpstreamClientOptions): Connect {
  const secureContext = createTrust(options.extraCa)
  const common = {
    timeoutMs: CONNECT_TIMEOUT_MS,
    secureContext,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  }
  const dial = createDial({ ...common, highWaterMark: STREAM_BUFFER_BYTES })
  return async (upstream, reader) => {
    const { scheme, hostname, port } = upstream
    const proxy = options.proxyFor({ scheme, hostname, port })
    if (proxy === undefined) return dial(upstream, { reader })
    const tunnel = await openTunnel({ ...common, proxy, host: hostname, port })
    return dial(upstream, { reader, tunnel })
  }
}

function createTrust(extraCa: readonly string[]): SecureContext | undefined {
  return extraCa.length === 0 ? undefined : createSecureContext({ ca: [...rootCertificates, ...extraCa] })
}
