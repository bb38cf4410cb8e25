import { describe, expect, it } from '@jest/globals'
import type { Fault } from '../../../src/core/fault.ts'
import { deriveTopology } from '../../../src/core/topology/derive-topology.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'

function derive(serverUrl: string | undefined, apiUrl?: string): Topology {
  const result = deriveTopology({ serverUrl, apiUrl })
  if (result.kind === 'faults') throw new Error(JSON.stringify(result.faults))
  return result.topology
}

function refuse(serverUrl: string | undefined, apiUrl?: string): readonly Fault[] {
  const result = deriveTopology({ serverUrl, apiUrl })
  if (result.kind === 'ok') throw new Error(`accepted as ${result.topology.kind} ${result.topology.web}`)
  return result.faults
}

describe('deriveTopology() for github.com', () => {
  it.each([
    ['https://github.com', undefined],
    ['https://github.com', 'https://api.github.com'],
    [undefined, 'https://api.github.com'],
    ['https://github.com/', 'https://api.github.com/'],
    ['https://github.com:443', 'https://api.github.com:443'],
    ['https://www.github.com', 'https://api.github.com'],
    ['HTTPS://GitHub.COM', 'https://API.GITHUB.COM'],
    ['https://github.com.', 'https://api.github.com.'],
  ])('takes %s and %s', (serverUrl, apiUrl) => {
    expect(derive(serverUrl, apiUrl)).toEqual(derive('https://github.com', 'https://api.github.com'))
  })

  it('gives every host', () => {
    const topology = derive('https://github.com', 'https://api.github.com')
    expect(topology.kind).toBe('dotcom')
    expect(topology.web).toBe('github.com')
    expect(renderUpstream(topology.rest)).toBe('https://api.github.com')
    expect(renderUpstream(topology.graphql)).toBe('https://api.github.com/graphql')
    expect(renderUpstream(topology.copilot)).toBe('https://api.githubcopilot.com')
    expect(topology.copilotSuffixes).toEqual(['githubcopilot.com'])
    expect(topology.telemetry).toContain('copilot-telemetry.githubusercontent.com')
    expect(topology.oidcIssuer).toBe('https://token.actions.githubusercontent.com')
    expect(topology).not.toHaveProperty('ghHost')
    expect(topology).not.toHaveProperty('copilotGhHost')
  })
})

describe('deriveTopology() for a tenant', () => {
  it.each([
    ['https://contoso-aw.ghe.com', undefined, 'contoso-aw.ghe.com'],
    ['https://contoso-aw.ghe.com', 'https://api.contoso-aw.ghe.com', 'contoso-aw.ghe.com'],
    [undefined, 'https://api.contoso-aw.ghe.com', 'contoso-aw.ghe.com'],
    ['https://ACME.GHE.com/', 'https://api.acme.ghe.com/', 'acme.ghe.com'],
    ['https://acme.ghe.com.', 'https://api.acme.ghe.com', 'acme.ghe.com'],
    ['https://a.b.ghe.com', 'https://api.a.b.ghe.com', 'a.b.ghe.com'],
    [undefined, 'https://api.a.b.ghe.com', 'a.b.ghe.com'],
    ['https://xn--bcher-kva.ghe.com', undefined, 'xn--bcher-kva.ghe.com'],
    [`https://${'a'.repeat(63)}.ghe.com`, undefined, `${'a'.repeat(63)}.ghe.com`],
  ])('takes %s and %s', (serverUrl, apiUrl, tenant) => {
    const topology = derive(serverUrl, apiUrl)
    expect(topology.kind).toBe('tenant')
    expect(topology.web).toBe(tenant)
    expect(renderUpstream(topology.rest)).toBe(`https://api.${tenant}`)
    expect(renderUpstream(topology.graphql)).toBe(`https://api.${tenant}/graphql`)
    expect(renderUpstream(topology.copilot)).toBe(`https://copilot-api.${tenant}`)
    expect(topology.copilotSuffixes).toEqual([tenant])
    expect(topology.telemetry).toEqual([`copilot-telemetry-service.${tenant}`])
    expect(topology.oidcIssuer).toBe(`https://token.actions.${tenant}`)
    expect(topology.ghHost).toBe(tenant)
    expect(topology).not.toHaveProperty('copilotGhHost')
    expect(topology.agentDomains).toEqual([tenant, `*.${tenant}`])
  })

  it('names no host of github.com', () => {
    expect(JSON.stringify(derive('https://company.ghe.com'))).not.toMatch(/github\.com|githubcopilot|githubusercontent/)
  })
})

describe('deriveTopology() for a server', () => {
  it.each([
    ['https://ghes.corp', undefined, 'https://ghes.corp/api/v3', 'https://ghes.corp/api/graphql', 'ghes.corp'],
    [
      'https://ghes.corp',
      'https://ghes.corp/api/v3',
      'https://ghes.corp/api/v3',
      'https://ghes.corp/api/graphql',
      'ghes.corp',
    ],
    [undefined, 'https://ghes.corp/api/v3/', 'https://ghes.corp/api/v3', 'https://ghes.corp/api/graphql', 'ghes.corp'],
    [
      'https://ghes.corp:8443',
      'https://ghes.corp:8443/api/v3',
      'https://ghes.corp:8443/api/v3',
      'https://ghes.corp:8443/api/graphql',
      'ghes.corp',
    ],
    [
      'https://ghes.corp',
      'https://api.ghes.corp',
      'https://api.ghes.corp',
      'https://api.ghes.corp/graphql',
      'ghes.corp',
    ],
    [
      'https://ghes.corp',
      'https://api.ghes.corp/api/v3',
      'https://api.ghes.corp/api/v3',
      'https://api.ghes.corp/api/graphql',
      'ghes.corp',
    ],
    ['https://10.1.2.3', undefined, 'https://10.1.2.3/api/v3', 'https://10.1.2.3/api/graphql', '10.1.2.3'],
    [
      'https://[2001:DB8::1]:8443',
      undefined,
      'https://[2001:db8::1]:8443/api/v3',
      'https://[2001:db8::1]:8443/api/graphql',
      '2001:db8::1',
    ],
    [
      'http://localhost:3000',
      'http://localhost:3000/api/v3',
      'http://localhost:3000/api/v3',
      'http://localhost:3000/api/graphql',
      'localhost',
    ],
    [
      'http://127.0.0.1:3000',
      undefined,
      'http://127.0.0.1:3000/api/v3',
      'http://127.0.0.1:3000/api/graphql',
      '127.0.0.1',
    ],
    ['https://evilghe.com', undefined, 'https://evilghe.com/api/v3', 'https://evilghe.com/api/graphql', 'evilghe.com'],
    [
      'https://mygithub.com',
      undefined,
      'https://mygithub.com/api/v3',
      'https://mygithub.com/api/graphql',
      'mygithub.com',
    ],
    [
      'https://github.acme.example',
      undefined,
      'https://github.acme.example/api/v3',
      'https://github.acme.example/api/graphql',
      'github.acme.example',
    ],
    [
      'https://ghe.company.example',
      undefined,
      'https://ghe.company.example/api/v3',
      'https://ghe.company.example/api/graphql',
      'ghe.company.example',
    ],
  ])('takes %s and %s', (serverUrl, apiUrl, rest, graphql, web) => {
    const topology = derive(serverUrl, apiUrl)
    expect(topology.kind).toBe('server')
    expect(topology.web).toBe(web)
    expect(renderUpstream(topology.rest)).toBe(rest)
    expect(renderUpstream(topology.graphql)).toBe(graphql)
    expect(topology.ghHost).toBe(web)
    expect(topology.copilotGhHost).toBe('github.com')
    expect(renderUpstream(topology.copilot)).toBe('https://api.githubcopilot.com')
    expect(topology.copilotSuffixes).toEqual(['githubcopilot.com', 'ghe.com'])
  })

  it('keeps the port in the OIDC issuer', () => {
    expect(derive('https://ghes.corp:8443').oidcIssuer).toBe('https://ghes.corp:8443/_services/token')
  })
})

const UNUSABLE_SERVER_URLS: readonly (readonly [title: string, url: string, words: RegExp])[] = [
  ['an empty text', '', /found an empty text/],
  ['a bare host', 'acme.ghe.com', /no scheme/],
  ['junk', 'not a url', /not a URL/],
  ['javascript:', 'javascript:alert(1)', /no scheme|not a URL/],
  ['another scheme', 'ftp://github.com', /another scheme/],
  ['ssh', 'ssh://git@github.com', /another scheme/],
  ['plain HTTP to github.com', 'http://github.com', /plain HTTP/],
  ['plain HTTP to a tenant', 'http://acme.ghe.com', /plain HTTP/],
  ['plain HTTP to a server', 'http://ghes.corp', /would travel unencrypted/],
  ['plain HTTP to a name like loopback', 'http://localhost.evil.io', /would travel unencrypted/],
  ['plain HTTP to a name like 127.', 'http://127.evil.io', /would travel unencrypted/],
  ['bare ghe.com', 'https://ghe.com', /names no tenant/],
  ['bare ghe.com with a dot', 'https://ghe.com.', /names no tenant/],
  ['www.ghe.com', 'https://www.ghe.com', /service host/],
  ['auth.ghe.com', 'https://auth.ghe.com', /service host/],
  ['user info', 'https://github.com@evil.io', /user name or password/],
  ['user info with a password', 'https://me:hunter2@acme.ghe.com', /user name or password/],
  ['user info escaped', 'https://github.com%40evil.io', /not a URL|more than one way/],
  ['a port on github.com', 'https://github.com:8443', /port/],
  ['a port on a tenant', 'https://acme.ghe.com:444', /port/],
  ['port 0', 'https://ghes.corp:0', /host or port/],
  ['port 65536', 'https://ghes.corp:65536', /not a URL/],
  ['a letter as port', 'https://ghes.corp:https', /not a URL/],
  ['a path on github.com', 'https://github.com/acme', /path/],
  ['a path on a tenant', 'https://acme.ghe.com/enterprises/x', /path/],
  ['a path on a server', 'https://ghes.corp/github', /path/],
  ['the REST path on the web URL', 'https://ghes.corp/api/v3', /path/],
  ['a query', 'https://github.com?a=b', /query/],
  ['an empty query', 'https://github.com/?', /query/],
  ['a fragment', 'https://github.com#x', /fragment/],
  ['dot segments', 'https://github.com/x/..', /dot segments/],
  ['escaped dot segments', 'https://github.com/%2e%2e/', /dot segments/],
  ['a double slash', 'https://github.com//', /dot segments/],
  ['three slashes', 'https:///github.com', /not a URL|more than one way/],
  ['one slash', 'https:/github.com', /no scheme|not a URL/],
  ['a backslash', 'https://github.com\\@evil.io', /not a URL/],
  ['backslashes for slashes', 'https:\\\\github.com', /not a URL/],
  ['leading space', ' https://github.com', /not a URL/],
  ['trailing line break', 'https://github.com\n', /line break at position 19/],
  ['CRLF inside', 'https://github.com\r\nHost: evil.io', /line break/],
  ['a tab inside', 'https://git\thub.com', /a tab at position 12/],
  ['NUL', 'https://github.com\0', /control character/],
  ['a fullwidth letter', 'https://ｇithub.com', /outside ASCII/],
  ['an ideographic full stop', 'https://github。com', /outside ASCII/],
  ['a Cyrillic letter', 'https://gіthub.com', /outside ASCII/],
  ['a soft hyphen', 'https://git\u00adhub.com', /outside ASCII/],
  ['a zero-width joiner', 'https://git\u200dhub.com', /outside ASCII/],
  ['a %-escaped host', 'https://%67ithub.com', /more than one way/],
  ['two trailing dots', 'https://github.com..', /more than one way|not a URL/],
  ['an empty label', 'https://acme..ghe.com', /more than one way|not a URL/],
  ['a leading dot', 'https://.ghe.com', /more than one way|not a URL/],
  ['a leading hyphen', 'https://-acme.ghe.com', /more than one way/],
  ['a label of 64', `https://${'a'.repeat(64)}.ghe.com`, /more than one way/],
  ['a name of 300', `https://${'abc.'.repeat(75)}com`, /more than one way/],
  ['a very long text', `https://github.com/${'a'.repeat(100_000)}`, /a text of 100019 characters/],
  ['a decimal address', 'https://2130706433', /more than one way/],
  ['a short address', 'https://127.1', /more than one way/],
  ['a hexadecimal address', 'https://0x7f.0.0.1', /more than one way/],
  ['an octal address', 'https://0177.0.0.1', /more than one way/],
  ['a numeric last label', 'https://acme.123', /more than one way|not a URL/],
  ['an IPv6 zone', 'https://[fe80::1%25eth0]', /not a URL|more than one way/],
  ['IPv6 without brackets', 'https://2001:db8::1', /not a URL|more than one way/],
  ['a wildcard', 'https://*.ghe.com', /more than one way/],
  ['an unevaluated expression', ['https://$', '{{ github.server_url }}'].join(''), /not a URL/],
  ['two URLs', 'https://github.com,https://acme.ghe.com', /more than one way|not a URL|path/],
  ['quotes', '"https://github.com"', /not a URL/],
  ['ghe.com in the middle', 'https://acme.ghe.com.evil.io', /only looks like ghe\.com/],
  ['ghe.com at the start', 'https://ghe.com.evil.io', /only looks like ghe\.com/],
  ['github.com at the start', 'https://github.com.evil.io', /only looks like github\.com/],
  ['the REST host of github.com', 'https://api.github.com', /service of github\.com/],
  ['gist.github.com', 'https://gist.github.com', /service of github\.com/],
  ['the REST host of a tenant', 'https://api.acme.ghe.com', /service host/],
  ['the Copilot host of a tenant', 'https://copilot-api.acme.ghe.com', /service host/],
  ['the Copilot host', 'https://api.githubcopilot.com', /service host under githubcopilot\.com/],
  ['raw.githubusercontent.com', 'https://raw.githubusercontent.com', /service host under githubusercontent\.com/],
  ['a tenant with an underscore', 'https://ac_me.ghe.com', /no tenant name/],
]

describe('deriveTopology() refuses a server URL', () => {
  it.each(UNUSABLE_SERVER_URLS)('that is %s', (_title, url, words) => {
    const faults = refuse(url)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ code: 'topology-invalid', input: 'github-server-url' })
    expect(faults[0]?.message).toMatch(words)
    expect(faults[0]?.fix).not.toBe('')
    expect(faults[0]?.title.length).toBeLessThanOrEqual(60)
  })

  it.each(UNUSABLE_SERVER_URLS)('that is %s also beside a good API URL', (_title, url) => {
    expect(refuse(url, 'https://api.github.com').map((fault) => fault.input)).toEqual(['github-server-url'])
  })
})

describe('deriveTopology() refuses an API URL', () => {
  it.each([
    ['an empty text', '', /empty text/],
    ['a bare host', 'api.acme.ghe.com', /no scheme/],
    ['the web address of github.com', 'https://github.com', /web address, not a REST base/],
    ['the web address of a tenant', 'https://acme.ghe.com', /web address, not a REST base/],
    ['a server’s path on a tenant', 'https://acme.ghe.com/api/v3', /web address, not a REST base/],
    ['a path on github.com', 'https://api.github.com/api/v3', /path/],
    ['GraphQL on github.com', 'https://api.github.com/graphql', /path/],
    ['a path on a tenant', 'https://api.acme.ghe.com/v3', /path/],
    ['api.ghe.com', 'https://api.ghe.com', /names no tenant/],
    ['bare ghe.com', 'https://ghe.com', /names no tenant/],
    ['api twice', 'https://api.api.acme.ghe.com', /service host/],
    ['plain HTTP to github.com', 'http://api.github.com', /plain HTTP/],
    ['plain HTTP to a server', 'http://ghes.corp/api/v3', /unencrypted/],
    ['a port on github.com', 'https://api.github.com:8443', /port/],
    ['a server without its path', 'https://ghes.corp', /lacks the path \/api\/v3/],
    ['a server with GraphQL', 'https://ghes.corp/api/graphql', /path/],
    ['a server with its path in upper case', 'https://ghes.corp/API/V3', /path/],
    ['a server with more path', 'https://ghes.corp/api/v3/user', /path/],
    ['another path on api. of a server', 'https://api.ghes.corp/v3', /path/],
    ['a look-alike', 'https://api.github.com.evil.io', /only looks like github\.com/],
    ['a tenant’s look-alike', 'https://api.acme.ghe.com.evil.io', /only looks like ghe\.com/],
    ['uploads.github.com', 'https://uploads.github.com', /service of github\.com/],
    ['user info', 'https://token@api.github.com', /user name or password/],
    ['a query', 'https://api.github.com?access_token=1', /query/],
  ])('that is %s', (_title, url, words) => {
    const faults = refuse('https://github.com', url)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ code: 'topology-invalid', input: 'github-api-url' })
    expect(faults[0]?.message).toMatch(words)
  })

  it('that alone names only the API host of a server', () => {
    expect(refuse(undefined, 'https://api.ghes.corp')[0]?.message).toMatch(/Cannot tell the web host/)
  })
})

describe('deriveTopology() refuses contradictions', () => {
  it.each([
    ['https://github.com', 'https://api.acme.ghe.com', 'https://api.github.com'],
    ['https://acme.ghe.com', 'https://api.github.com', 'https://api.acme.ghe.com'],
    ['https://acme.ghe.com', 'https://api.other.ghe.com', 'https://api.acme.ghe.com'],
    ['https://b.ghe.com', 'https://api.a.b.ghe.com', 'https://api.b.ghe.com'],
    ['https://acme.ghe.com', 'https://ghes.corp/api/v3', 'https://api.acme.ghe.com'],
    ['https://ghes.corp', 'https://api.github.com', 'https://ghes.corp/api/v3'],
    ['https://ghes.corp', 'https://other.corp/api/v3', 'https://ghes.corp/api/v3'],
    ['https://ghes.corp', 'https://ghes.corp:8443/api/v3', 'https://ghes.corp/api/v3'],
    ['https://ghes.corp', 'https://api.other.corp', 'https://ghes.corp/api/v3'],
    ['https://localhost', 'http://localhost:443/api/v3', 'https://localhost/api/v3'],
    ['https://evilghe.com', 'https://api.acme.ghe.com', 'https://evilghe.com/api/v3'],
  ])('between %s and %s, and says what would agree', (serverUrl, apiUrl, agreeing) => {
    const faults = refuse(serverUrl, apiUrl)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ code: 'topology-contradiction', input: 'github-api-url' })
    expect(faults[0]?.fix).toContain(`${agreeing},`)
  })

  it('reports both URLs when both are unusable', () => {
    expect(refuse('github.com', 'api.github.com').map((fault) => fault.input)).toEqual([
      'github-server-url',
      'github-api-url',
    ])
  })

  it('fails closed without any witness', () => {
    expect(refuse(undefined)[0]).toMatchObject({ code: 'topology-invalid', input: 'github-server-url' })
  })

  it('never repeats user info or a query', () => {
    const texts = refuse('https://me:hunter2@acme.ghe.com', 'https://api.github.com/?access_token=s3cret')
    expect(JSON.stringify(texts)).not.toMatch(/hunter2|s3cret/)
  })
})
