import { describe, expect, test } from '@jest/globals'
import { deriveOutputs, type OutputFacts } from '../../src/core/action-outputs.ts'
import { OUTPUTS } from '../../src/core/inputs/output-table.ts'
import type { ProviderCheck, ProviderConfig } from '../../src/core/sidecar-config.ts'
import { deriveTopology } from '../../src/core/topology/derive-topology.ts'
import { parseUpstream, type Upstream } from '../../src/core/upstream.ts'

const result = deriveTopology({ serverUrl: 'https://acme.ghe.com', apiUrl: undefined })
if (result.kind !== 'ok') throw new Error('no topology')
const { topology } = result

const copilot: ProviderConfig = {
  id: 'copilot',
  dialect: 'copilot',
  upstream: topology.copilot,
  upstreamIsExplicit: false,
  routing: 'auto',
  credential: { kind: 'static' },
  extraHeaderNames: [],
  allowMcp: false,
}

const check: ProviderCheck = {
  provider: 'copilot',
  verdict: 'valid',
  cause: 'ok',
  message: '',
  fix: '',
  status: 200,
  ms: 1,
  upstream: parseUpstream('https://copilot-api.found.acme.ghe.com') as Upstream,
  routing: 'inject',
  routingReason: 'why',
  scheme: 'bearer',
  models: ['a', 'b'],
}

const facts: OutputFacts = {
  topology,
  providers: [copilot],
  checks: [check],
  ports: { copilot: 10002 },
  listenAddress: '127.0.0.1',
  managementPort: 4000,
  logDirectory: '/logs',
}

describe('deriveOutputs()', () => {
  test('gives exactly the outputs of the table', () => {
    expect(Object.keys(deriveOutputs(facts)).sort()).toEqual(Object.keys(OUTPUTS).sort())
  })

  test('a tenant with copilot: what was discovered, not what was guessed', () => {
    const outputs = deriveOutputs(facts)
    expect(outputs).toMatchObject({
      'copilot-api-url': 'http://127.0.0.1:10002',
      'openai-base-url': '',
      'gh-host': 'acme.ghe.com',
      topology: 'tenant',
      'routing-mode': 'inject',
      'copilot-api-target': 'copilot-api.found.acme.ghe.com',
      'management-url': 'http://127.0.0.1:4000',
      'log-directory': '/logs',
    })
    expect(outputs['sidecar-domains'].split(',')).toEqual(
      expect.arrayContaining(['copilot-api.found.acme.ghe.com', 'api.acme.ghe.com']),
    )
    expect(outputs['allowed-domains'].split(',')).toContain('acme.ghe.com')
  })

  test('validation is JSON without the model listing, which can be long', () => {
    expect(JSON.parse(deriveOutputs(facts).validation)).toEqual([
      expect.objectContaining({ provider: 'copilot', verdict: 'valid', modelCount: 2 }),
    ])
    expect(deriveOutputs(facts).validation).not.toContain('"models"')
  })

  test('on IPv6 the management URL has brackets', () => {
    expect(deriveOutputs({ ...facts, listenAddress: '::1' })['management-url']).toBe('http://[::1]:4000')
  })

  test('those of the firewall are empty without one', () => {
    const outputs = deriveOutputs(facts)
    const names = [
      'firewall-level',
      'blocked-count',
      'blocked-hosts',
      'firewall-log',
      'squid-config',
      'awf-config',
    ] as const
    expect(names.map((name) => outputs[name])).toEqual(names.map(() => ''))
    expect(outputs['https-proxy']).toBe('')
  })

  test('those of the firewall say what it reached', () => {
    const firewall = {
      level: 'enforced' as const,
      allowedDomains: ['https://a.example', 'https://github.com'],
      blockedCount: 2,
      blockedHosts: ['a.example', 'b.example'],
      logPath: '/logs/firewall.jsonl',
      squidConfig: '/logs/squid.conf',
      awfConfig: '/logs/awf.json',
      proxyUrl: 'http://127.0.0.1:3128',
    }
    expect(deriveOutputs({ ...facts, firewall })).toMatchObject({
      'allowed-domains': 'https://a.example,https://github.com',
      'firewall-level': 'enforced',
      'blocked-count': '2',
      'blocked-hosts': 'a.example,b.example',
      'firewall-log': '/logs/firewall.jsonl',
      'squid-config': '/logs/squid.conf',
      'awf-config': '/logs/awf.json',
      'https-proxy': 'http://127.0.0.1:3128',
    })
  })
})
