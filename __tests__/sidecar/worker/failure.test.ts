import { describe, expect, test } from '@jest/globals'
import { REFUSALS } from '../../../src/core/refusals.ts'
import { classifyFailure, type FailureKind, refusalOf } from '../../../src/sidecar/worker/failure.ts'
import { ProxyRefusedError } from '../../../src/sidecar/worker/proxy-tunnel.ts'

const withCode = (code: string): Error => Object.assign(new Error('text of a stranger with sk-secret'), { code })

describe('classifyFailure()', () => {
  test.each<[string, FailureKind]>([
    ['ENOTFOUND', 'dns'],
    ['EAI_AGAIN', 'dns'],
    ['ECONNREFUSED', 'refused'],
    ['EHOSTUNREACH', 'refused'],
    ['ECONNRESET', 'reset'],
    ['EPIPE', 'reset'],
    ['ETIMEDOUT', 'timeout'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['EPROTO', 'tls'],
    ['HPE_INVALID_CONSTANT', 'unknown'],
    ['EWHATEVER', 'unknown'],
  ])('%s is %s', (code, kind) => {
    expect(classifyFailure(withCode(code))).toEqual({ kind, code })
  })

  test.each([
    ['a cause', new Error('fetch failed', { cause: withCode('ECONNREFUSED') }), 'ECONNREFUSED'],
    ['the first of several', new AggregateError([withCode('ETIMEDOUT'), withCode('ECONNREFUSED')]), 'ETIMEDOUT'],
    ['an error without a code', new Error('sk-secret'), 'UNKNOWN'],
    ['a text', 'ECONNRESET', 'UNKNOWN'],
    ['nothing', undefined, 'UNKNOWN'],
    ['null', null, 'UNKNOWN'],
    ['a code that is no text', { code: 42 }, 'UNKNOWN'],
  ])('looks into %s', (_name, error, code) => {
    expect(classifyFailure(error).code).toBe(code)
  })

  test('does not follow a circle of causes', () => {
    const error: { cause?: unknown } = {}
    error.cause = error
    expect(classifyFailure(error)).toEqual({ kind: 'unknown', code: 'UNKNOWN' })
  })

  test.each([
    [407, 'proxy-auth'],
    [403, 'proxy-refused'],
    [502, 'proxy-refused'],
  ])('a proxy’s %s is %s', (status, kind) => {
    expect(classifyFailure(new ProxyRefusedError(status)).kind).toBe(kind)
  })
})

describe('refusalOf()', () => {
  test.each<[FailureKind, string]>([
    ['dns', 'upstream_unreachable'],
    ['refused', 'upstream_unreachable'],
    ['reset', 'upstream_reset'],
    ['timeout', 'upstream_timeout'],
    ['tls', 'upstream_tls'],
    ['proxy-auth', 'upstream_proxy_refused'],
    ['proxy-refused', 'upstream_proxy_refused'],
    ['unknown', 'upstream_unreachable'],
  ])('%s is told as %s', (kind, code) => {
    expect(refusalOf({ kind, code: 'X' })).toBe(code)
    expect(REFUSALS).toHaveProperty(code)
  })
})
