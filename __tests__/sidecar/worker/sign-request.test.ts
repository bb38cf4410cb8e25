import { describe, expect, it } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { httpsUpstream } from '../../../src/core/upstream.ts'
import { signRequest } from '../../../src/sidecar/worker/sign-request.ts'

const REQUEST = {
  method: 'GET',
  upstream: httpsUpstream('bedrock.us-east-1.amazonaws.com' as Hostname),
  headers: [],
  body: null,
  keys: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPx' },
  region: 'us-east-1',
}

describe('signRequest', () => {
  it.each(['constructor', '__proto__', 'toString'])('signs a query whose parameter is called %s', async (name) => {
    const signed = await signRequest({ ...REQUEST, target: `/foundation-models?${name}=a&${name}=b` })
    expect(signed).toContain('authorization')
  })
})
