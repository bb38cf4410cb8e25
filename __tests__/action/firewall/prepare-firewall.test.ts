import { describe, expect, it } from '@jest/globals'
import { deriveRelayConfig, type FirewallPlan } from '../../../src/action/firewall/prepare-firewall.ts'
import type { Run } from '../../../src/action/start-sidecar.ts'

const PLAN = { policy: {}, resolution: { nameservers: [], hosts: [] } } as unknown as FirewallPlan

function proxyOf(secrets: Readonly<Record<string, string>>): unknown {
  const run = { runId: 'r', message: { config: { extraCa: [], noProxy: 'corp' }, secrets } } as unknown as Run
  return deriveRelayConfig(PLAN, run, { kind: 'redirect' }).upstreamProxy
}

describe('deriveRelayConfig()', () => {
  it('gives the relay the proxy for https', () => {
    const expected = { url: 'http://a:1', noProxy: 'corp' }
    expect(proxyOf({ 'proxy.https': 'http://a:1', 'proxy.http': 'http://b:2' })).toEqual(expected)
  })

  it('never sends everything, TLS too, through a proxy that was named for http alone', () => {
    expect(proxyOf({ 'proxy.http': 'http://b:2' })).toBeNull()
  })
})
