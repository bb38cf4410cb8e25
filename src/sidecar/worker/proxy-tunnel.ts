import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { UpstreamLookup } from './upstream-lookup.ts'

/** The proxy's own answer: told apart from the provider's, because the cure is another one. */
export class ProxyRefusedError extends Error {
  readonly code: 'PROXY_AUTH' | 'PROXY_REFUSED'

  constructor(status: number) {
    super(`The corporate proxy answered ${status} to CONNECT`)
    this.name = 'ProxyRefusedError'
    this.code = status === 407 ? 'PROXY_AUTH' : 'PROXY_REFUSED'
  }
}

export interface TunnelRequest {
  readonly proxy: URL
  readonly host: string
  readonly port: number
  readonly timeoutMs: number
  readonly secureContext: SecureContext | undefined
  /** How the proxy's name becomes an address; absent = by the system. */
  readonly lookup?: UpstreamLookup
}

/** Opens a CONNECT tunnel through an http: or https: proxy; user and password of its URL go as Basic. */
export function openTunnel(tunnel: TunnelRequest): Promise<Socket> {
  const { proxy, timeoutMs } = tunnel
  const authority = `${tunnel.host.includes(':') ? `[${tunnel.host}]` : tunnel.host}:${tunnel.port}`
  return new Promise((resolve, reject) => {
    const isTls = proxy.protocol === 'https:'
    const host = proxy.hostname.replace(/^\[|\]$/g, '')
    const request = (isTls ? httpsRequest : httpRequest)({
      host,
      // Or Node would take the Host header, which names the target, for the name in the proxy's certificate.
      servername: isIP(host) === 0 ? host : '',
      port: proxy.port === '' ? (isTls ? 443 : 80) : Number(proxy.port),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...authorization(proxy) },
      agent: false,
      timeout: timeoutMs,
      ...(tunnel.lookup === undefined ? {} : { lookup: tunnel.lookup }),
      ...(tunnel.secureContext === undefined ? {} : { secureContext: tunnel.secureContext }),
    })
    // Whatever the status: to Node every answer to CONNECT is this event, never `response`.
    request.once('connect', (response, socket, head) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        reject(new ProxyRefusedError(response.statusCode ?? 0))
        return
      }
      socket.setTimeout(0)
      if (head.length > 0) socket.unshift(head)
      resolve(socket as Socket)
    })
    request.once('timeout', () => request.destroy(Object.assign(new Error('proxy timeout'), { code: 'ETIMEDOUT' })))
    request.once('error', reject)
    request.end()
  })
}

function authorization(proxy: URL): Record<string, string> {
  if (proxy.username === '' && proxy.password === '') return {}
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` }
}
