import { describe, expect, it } from '@jest/globals'
import { renderRefusal } from '../../src/core/refusals.ts'
import { deriveSidecarDomains } from '../../src/core/topology/sidecar-domains.ts'
import { deriveCredentialHeader } from '../../src/core/upstream-headers.ts'
import { accept } from './inputs/raw-inputs.ts'

describe('the dialect of Amazon Bedrock', () => {
  it('carries an API key as Bearer', () => {
    expect(deriveCredentialHeader('bedrock', 'ABSKexample')).toEqual(['authorization', 'Bearer ABSKexample'])
  })

  it('refuses in the envelope that clients of AWS read', () => {
    const reply = renderRefusal('credential_unavailable', 'bedrock', { retryAfter: 3 })
    expect(reply.status).toBe(503)
    expect(reply.headers.join()).toContain('retry-after,3')
    expect(Object.keys(JSON.parse(reply.body))).toEqual(['message'])
  })

  it('is dialled at the runtime and, for the check, at the control plane', () => {
    const raw = { 'provider-type': 'bedrock', 'provider-api-key': 'A1b2C3d4E5f6', 'aws-region': 'us-east-1' }
    const { inputs } = accept(raw)
    expect(deriveSidecarDomains(inputs.topology, inputs.providers)).toEqual([
      'bedrock-runtime.us-east-1.amazonaws.com',
      'bedrock.us-east-1.amazonaws.com',
    ])
  })
})

describe('deriveCredentialHeader() with what a program may print', () => {
  const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhZ2VudCJ9.c2lnbmF0dXJl'

  it.each([
    ['azure', JWT, 'authorization', `Bearer ${JWT}`],
    ['azure', '0123456789abcdef', 'api-key', '0123456789abcdef'],
    ['google', 'ya29.a0Example', 'authorization', 'Bearer ya29.a0Example'],
    ['google', 'AIzaExample', 'x-goog-api-key', 'AIzaExample'],
    ['anthropic', 'sk-ant-oat01-example', 'authorization', 'Bearer sk-ant-oat01-example'],
    ['anthropic', 'sk-ant-api03-example', 'x-api-key', 'sk-ant-api03-example'],
  ] as const)('%s: %s goes into %s', (dialect, secret, name, value) => {
    expect(deriveCredentialHeader(dialect, secret)).toEqual([name, value])
  })

  it('leaves the header that the user names alone', () => {
    expect(deriveCredentialHeader('azure', JWT, { authHeader: 'api-key' })).toEqual(['api-key', JWT])
  })
})
