import type { RefusalCode } from '../../core/refusals.ts'

export type FailureKind = 'dns' | 'refused' | 'reset' | 'timeout' | 'tls' | 'proxy-auth' | 'proxy-refused' | 'unknown'

export interface Failure {
  readonly kind: FailureKind
  /** The platform's code, e.g. ECONNREFUSED: safe to print, never holds foreign text. */
  readonly code: string
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EADDRNOTAVAIL: 'refused',
  EACCES: 'refused',
  EPERM: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
  PROXY_AUTH: 'proxy-auth',
  PROXY_REFUSED: 'proxy-refused',
}

const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO|CRL_)/

/** Names what went wrong from error codes alone: texts of foreign errors are never passed on. */
export function classifyFailure(error: unknown): Failure {
  const code = readCode(error)
  return { kind: KINDS[code] ?? (TLS_CODE.test(code) ? 'tls' : 'unknown'), code }
}

const REFUSALS_BY_KIND: Readonly<Record<FailureKind, RefusalCode>> = {
  dns: 'upstream_unreachable',
  refused: 'upstream_unreachable',
  reset: 'upstream_reset',
  timeout: 'upstream_timeout',
  tls: 'upstream_tls',
  'proxy-auth': 'upstream_proxy_refused',
  'proxy-refused': 'upstream_proxy_refused',
  unknown: 'upstream_unreachable',
}

/** The refusal that a client gets for a failure of its upstream. */
export function refusalOf(failure: Failure): RefusalCode {
  return REFUSALS_BY_KIND[failure.kind]
}

function readCode(error: unknown): string {
  let current = error
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth += 1) {
    const { code, cause, errors } = current as { code?: unknown; cause?: unknown; errors?: unknown }
    if (typeof code === 'string' && code !== '') return code
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined)
  }
  return 'UNKNOWN'
}
