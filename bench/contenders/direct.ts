import { REAL_CREDENTIAL } from '../wire-facts.ts'
import type { Contender, UpstreamPlace } from './contender.ts'

/** No proxy at all: the limit of the bench itself. The client holds the credential. */
export function createDirect(upstream: UpstreamPlace): Contender {
  const authorization = `Bearer ${REAL_CREDENTIAL}`
  return {
    name: 'direct',
    plain: { port: upstream.plain, tls: false, authorization },
    tls: { port: upstream.tls, tls: true, authorization },
    pids: () => [],
    stop: async () => undefined,
  }
}
