import { describe, expect, it } from '@jest/globals'
import { parseHostname } from '../../../src/core/hostname.ts'
import type { ProviderConfig } from '../../../src/core/sidecar-config.ts'
import { AGENT_DOMAINS } from '../../../src/core/topology/agent-domains.ts'
import { deriveTopology } from '../../../src/core/topology/derive-topology.ts'
import { deriveSidecarDomains, deriveUpstreamDomains } from '../../../src/core/topology/sidecar-domains.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'

function derive(serverUrl: string): Topology {
  const result = deriveTopology({ serverUrl, apiUrl: undefined })
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults))
  return result.topology
}

function provider(id: ProviderConfig['id'], url: string, upstreamIsExplicit = false): ProviderConfig {
  const upstream = parseUpstream(url) as Upstream
  return {
    id,
    dialect: id === 'copilot' ? 'copilot' : 'openai',
    upstream,
    upstreamIsExplicit,
    routing: 'auto',
    credential: { kind: 'static' },
    extraHeaderNames: [],
    allowMcp: false,
  }
}

describe('agentDomains', () => {
  it('are plain names or wildcards below one, each with a reason', () => {
    for (const row of Object.values(AGENT_DOMAINS).flat()) {
      const name = row.name.replace(/\{(web|rest)\}/, 'ghes.corp').replace(/^\*\./, '')
      expect(parseHostname(name)).toBe(name)
      expect(row.reason.length).toBeGreaterThan(10)
    }
  })

  it('hold no model host on github.com and no shared storage', () => {
    const domains = derive('https://github.com').agentDomains
    expect(domains).toContain('api.github.com')
    expect(domains.join()).not.toMatch(/copilot|blob\.core|actions\.githubusercontent/)
  })

  it('hold a server, its API host and its isolation names, without repetition', () => {
    const domains = derive('https://ghes.corp').agentDomains
    expect(domains).toEqual(expect.arrayContaining(['ghes.corp', 'codeload.ghes.corp', 'raw.ghes.corp']))
    expect(new Set(domains).size).toBe(domains.length)
    const result = deriveTopology({ serverUrl: 'https://ghes.corp', apiUrl: 'https://api.ghes.corp' })
    expect(result.kind === 'ok' && result.topology.agentDomains).toContain('api.ghes.corp')
  })

  it.each(['https://10.0.0.5', 'https://[2001:db8::1]', 'http://localhost:3000', 'http://127.0.0.1:3000'])(
    'are empty for %s, which is no domain',
    (url) => {
      expect(derive(url).agentDomains).toEqual([])
    },
  )
})

describe('deriveSidecarDomains()', () => {
  it('names the upstreams, sorted and once', () => {
    const providers = [provider('openai', 'https://api.openai.com/v1'), provider('byok', 'https://api.openai.com/v1')]
    expect(deriveSidecarDomains(derive('https://github.com'), providers)).toEqual(['api.openai.com'])
  })

  it('adds the REST host and the plan hosts for Copilot on github.com', () => {
    const providers = [provider('copilot', 'https://api.githubcopilot.com')]
    expect(deriveSidecarDomains(derive('https://github.com'), providers)).toEqual([
      'api.business.githubcopilot.com',
      'api.enterprise.githubcopilot.com',
      'api.github.com',
      'api.githubcopilot.com',
      'api.individual.githubcopilot.com',
    ])
  })

  it('adds only the tenant’s hosts on a tenant', () => {
    const providers = [provider('copilot', 'https://copilot-api.acme.ghe.com')]
    expect(deriveSidecarDomains(derive('https://acme.ghe.com'), providers)).toEqual([
      'api.acme.ghe.com',
      'copilot-api.acme.ghe.com',
    ])
  })

  it('adds no plan host beside an explicit target', () => {
    const providers = [provider('copilot', 'https://copilot.gateway.corp', true)]
    expect(deriveSidecarDomains(derive('https://github.com'), providers)).toEqual([
      'api.github.com',
      'copilot.gateway.corp',
    ])
  })

  it('adds the issuer of a credential, without which no renewal passes another firewall', () => {
    const credential = { kind: 'aws', roleArn: 'arn:aws:iam::123456789012:role/agent', region: 'eu-central-1' } as const
    const providers = [{ ...provider('byok', 'https://bedrock-runtime.eu-central-1.amazonaws.com'), credential }]
    const domains = deriveSidecarDomains(derive('https://github.com'), providers)
    expect(domains).toContain('sts.eu-central-1.amazonaws.com')
    expect(domains).toEqual([...domains].sort())
    expect(deriveUpstreamDomains(derive('https://github.com'), providers).join()).not.toContain('sts.')
  })

  it('leaves an issuer on loopback out', () => {
    const tokenUrl = parseUpstream('http://127.0.0.1:4001/token') as Upstream
    const credential = { kind: 'oauth', tokenUrl, clientId: 'a', grant: 'client_credentials' } as const
    const providers = [{ ...provider('openai', 'https://api.openai.com/v1'), credential }]
    expect(deriveSidecarDomains(derive('https://github.com'), providers)).toEqual(['api.openai.com'])
  })

  it('leaves loopback out', () => {
    expect(deriveSidecarDomains(derive('https://github.com'), [provider('byok', 'http://127.0.0.1:4000/v1')])).toEqual(
      [],
    )
  })
})
