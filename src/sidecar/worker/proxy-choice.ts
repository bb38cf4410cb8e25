import { parseNoProxy } from '../../core/proxy-bypass.ts'
import type { Upstream } from '../../core/upstream.ts'

/** The corporate proxy for an upstream, or undefined for a direct connection. */
export type ProxyChoice = (upstream: Pick<Upstream, 'scheme' | 'hostname' | 'port'>) => URL | undefined

export interface ProxySettings {
  readonly https?: string | undefined
  readonly http?: string | undefined
  /** NO_PROXY: names (with their sub-names), `.suffix`, `host:port`, addresses, CIDR ranges, `*`. */
  readonly noProxy: string
}

/** Reads the settings once; the proxies' URLs were parsed by the action. */
export function createProxyChoice(settings: ProxySettings): ProxyChoice {
  const byScheme = { https: toUrl(settings.https), http: toUrl(settings.http) }
  const isBypassed = parseNoProxy(settings.noProxy)
  return (upstream) => {
    const proxy = byScheme[upstream.scheme]
    return proxy === undefined || isBypassed(upstream.hostname, upstream.port) ? undefined : proxy
  }
}

function toUrl(text: string | undefined): URL | undefined {
  return text === undefined || text === '' ? undefined : new URL(text)
}
