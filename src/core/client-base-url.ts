import type { ProviderId } from './providers/provider.ts'
import { PROVIDERS } from './providers/table.ts'

/**
 * The base URL an agent uses for one provider. No trailing slash: Copilot would ask for `//models` (measured).
 * @param listenAddress address the sidecar listens on; an unspecified one is reached through loopback.
 */
export function deriveClientBaseUrl(provider: ProviderId, listenAddress: string, port: number): string {
  return `http://${renderClientHost(listenAddress)}:${port}${PROVIDERS[provider].clientBasePath}`
}

/** The host part under which a client on this machine reaches `listenAddress`. */
function renderClientHost(listenAddress: string): string {
  const bare = listenAddress.replace(/^\[|\]$/g, '')
  if (bare === '0.0.0.0') return '127.0.0.1'
  if (bare === '::') return '[::1]'
  return bare.includes(':') ? `[${bare}]` : bare
}
