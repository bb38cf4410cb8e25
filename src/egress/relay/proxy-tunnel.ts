import { once } from 'node:events'
import { isIP, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { DialError, toDialError } from './dial-error.ts'
import { type FarSide, wrapFarSide } from './far-side.ts'
import { giveBack, readAnswerHead } from './read-answer-head.ts'

export interface TunnelTarget {
  readonly proxy: URL
  readonly host: string
  readonly port: number
}

export interface ProxyTls {
  readonly proxy: URL
  /** Whom to trust; undefined = the usual roots. */
  readonly secureContext: SecureContext | undefined
}

const ANSWER_MS = 30_000

/** Speaks TLS to the proxy where its URL says so; the proxy's certificate must be its own. */
export async function openProxyConnection(far: FarSide, { proxy, secureContext }: ProxyTls): Promise<FarSide> {
  if (proxy.protocol !== 'https:') return far
  const host = proxy.hostname.replace(/^\[|\]$/g, '')
  const servername = isIP(host) === 0 ? host : ''
  const socket = connectTls({
    ...{ socket: far.socket, host, servername, ALPNProtocols: ['http/1.1'] },
    ...(secureContext === undefined ? {} : { secureContext }),
  })
  socket.allowHalfOpen = true
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(ANSWER_MS) })
  } catch (error) {
    far.socket.destroy()
    throw toDialError(error)
  }
  socket.on('error', () => undefined)
  return wrapFarSide(socket)
}

/**
 * Asks the proxy for a tunnel.
 * @param client for whom: when it closes, nobody waits any more
 * @throws DialError `PROXY_AUTH`, `PROXY_REFUSED`, or why no answer came
 */
export async function openProxyTunnel(far: FarSide, target: TunnelTarget, client: Socket): Promise<FarSide> {
  const authority = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`
  const lines = [`CONNECT ${authority} HTTP/1.1`, `Host: ${authority}`, ...renderProxyAuthorization(target.proxy)]
  far.socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const gone = new AbortController()
  const onGone = (): void => gone.abort()
  client.once('close', onGone)
  try {
    if (client.destroyed) throw new DialError({ failure: 'ECANCELED' })
    const { status, rest } = await readAnswerHead(far, AbortSignal.any([gone.signal, AbortSignal.timeout(ANSWER_MS)]))
    if (status === 407) throw new DialError({ failure: 'PROXY_AUTH' })
    if (status !== 200) throw new DialError({ failure: 'PROXY_REFUSED' })
    return giveBack(far, rest)
  } catch (error) {
    far.socket.destroy()
    throw toDialError(error)
  } finally {
    client.off('close', onGone)
  }
}

/** Field line with user and password of the proxy's URL, or none. */
export function renderProxyAuthorization(proxy: URL): string[] {
  if (proxy.username === '' && proxy.password === '') return []
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return [`Proxy-Authorization: Basic ${Buffer.from(pair).toString('base64')}`]
}
