import type { Upstream } from '../upstream.ts'

/**
 * Room: probes. Decides what to ask an upstream about a credential before anyone works with it, and what each answer means.
 * Never knows: secrets, sockets, time. Called by: the sidecar's worker, which sends the requests and adds the credential.
 */
export interface ProbeRequest {
  readonly method: 'GET' | 'POST'
  readonly upstream: Upstream
  /** Appended to `upstream.basePath`; includes the query; starts with a slash, or is empty where basePath is the whole path. */
  readonly path: string
  /** Lower-case names. The credential is not among them. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body?: string
}

export type ProbeFailure =
  | 'dns'
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'tls'
  /** The corporate proxy wants credentials (407). */
  | 'proxy-auth'
  /** The corporate proxy answered the CONNECT with anything else than 200 or 407. */
  | 'proxy-refused'
  | 'unknown'

export type ProbeAnswer =
  | {
      readonly kind: 'answer'
      readonly status: number
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>
      /** At most {@link PROBE_BODY_LIMIT} bytes of the decoded body, every known secret redacted. */
      readonly body: string
    }
  | {
      readonly kind: 'failure'
      readonly failure: ProbeFailure
      /** Error code of the platform, e.g. ENOTFOUND or SELF_SIGNED_CERT_IN_CHAIN; PROXY_AUTH or PROXY_REFUSED for proxy failures. */
      readonly code: string
    }

/** Bytes of a body that are read; what is longer is cut, the connection is closed. */
export const PROBE_BODY_LIMIT = 256 * 1024

/** How we name ourselves to upstreams. GitHub refuses requests without a user agent. */
export const PROBE_USER_AGENT = 'setup-agent-proxy'

/**
 * Which listing a probe asks for and which rows of the dictionary read its answer: the provider's own, or for byok the one of
 * its dialect. `exchange` is Copilot's token endpoint on the REST host.
 */
export type ProbeKind = 'openai' | 'azure' | 'anthropic' | 'gemini' | 'vertex' | 'copilot' | 'bedrock' | 'exchange'
