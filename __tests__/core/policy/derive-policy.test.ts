import { describe, expect, it } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { decideDestination } from '../../../src/core/policy/decide.ts'
import { derivePolicy } from '../../../src/core/policy/derive-policy.ts'
import { deriveRunnerHosts } from '../../../src/core/policy/derive-runner-hosts.ts'
import type { Policy } from '../../../src/core/policy/policy.ts'
import { listRules, renderAddressRule, renderAwfDomains, renderRule } from '../../../src/core/policy/render-rule.ts'
import { lists, topologyOf } from './policies.ts'

function derive(serverUrl: string, domains = '', ips = '', apiUrl?: string): Policy {
  const topology = topologyOf(serverUrl, apiUrl)
  const runner = deriveRunnerHosts(topology, [])
  return derivePolicy({ mode: 'block', ...lists(domains, ips), topology, runner })
}

const verdict = (policy: Policy, name: string, port = 443) =>
  decideDestination(policy, { name: name as Hostname, port, scheme: 'https' }).verdict

describe('derivePolicy() on github.com', () => {
  const policy = derive('https://github.com')

  it.each([
    ...['github.com', 'api.github.com', 'codeload.github.com', 'release-assets.githubusercontent.com'],
    ...['results-receiver.actions.githubusercontent.com', 'run-actions-3-azure-eastus.actions.githubusercontent.com'],
    ...['productionresultssa0.blob.core.windows.net', 'productionresultssa99.blob.core.windows.net'],
  ])('allows %s with an empty list of the user’s', (name) => {
    expect(verdict(policy, name)).toBe('allowed')
  })

  it.each([
    // Model hosts are the sidecar's.
    ...['api.githubcopilot.com', 'api.business.githubcopilot.com', 'api.openai.com', 'api.anthropic.com'],
    ...['copilot-telemetry.githubusercontent.com', 'collector.github.com', 'token.actions.githubusercontent.com'],
    ...['gist.github.com', 'gist.githubusercontent.com', 'ghcr.io'],
    // Accounts that nobody of GitHub's is known to hold, and padded or longer numbers.
    ...[
      'productionresultssa22',
      'productionresultssa00',
      'productionresultssa07',
      'productionresultssa100',
      'evil',
    ].map((account) => `${account}.blob.core.windows.net`),
  ])('does not allow %s', (name) => {
    expect(verdict(policy, name)).toBe('blocked')
  })

  it('is in the order user, bundle, topology, runner, each rule once', () => {
    const { hosts } = derive('https://github.com', 'github\nz.example\napi.github.com\nz.example:443')
    const kinds = hosts.map((rule) => rule.origin.kind)
    expect([...new Set(kinds)]).toEqual(
      ['user', 'bundle', 'topology', 'runner'].filter((kind) => kinds.includes(kind as 'user')),
    )
    expect(kinds).toEqual([...kinds].sort((left, right) => order(left) - order(right)))
    expect(new Set(hosts.map(renderRule)).size).toBe(hosts.length)
    expect(hosts.slice(0, 2).map(renderRule)).toEqual(['z.example', 'api.github.com'])
  })

  const order = (kind: string): number => ['user', 'bundle', 'topology', 'runner'].indexOf(kind)

  it('lets a deny rule cut what would be allowed by itself', () => {
    expect(verdict(derive('https://github.com', '!raw.githubusercontent.com'), 'raw.githubusercontent.com')).toBe(
      'blocked',
    )
  })
})

describe('derivePolicy() on a tenant', () => {
  const policy = derive('https://acme.ghe.com')

  it.each([
    ...['acme.ghe.com', 'api.acme.ghe.com', 'raw.acme.ghe.com', 'pipelines.actions.acme.ghe.com', 'auth.ghe.com'],
    ...['containers.acme.ghe.com', 'prodweu01resultssa0.blob.core.windows.net'],
  ])('allows %s', (name) => {
    expect(verdict(policy, name)).toBe('allowed')
  })

  it.each([
    ...['copilot-api.acme.ghe.com', 'copilot-proxy.acme.ghe.com', 'copilot-telemetry-service.acme.ghe.com'],
    ...['token.actions.acme.ghe.com', 'token.actions.githubusercontent.com'],
  ])('denies %s by name', (name) => {
    expect(decideDestination(policy, { name: name as Hostname, port: 443, scheme: 'https' })).toMatchObject({
      verdict: 'blocked',
      reason: 'denied',
      rule: `!${name}`,
    })
  })

  it.each([
    'other.ghe.com',
    'api.other.ghe.com',
    'ghe.com',
    'acme.ghe.com.evil.example',
    'evilacme.ghe.com',
    'github.com',
  ])('does not allow %s', (name) => {
    expect(verdict(policy, name)).toBe('blocked')
  })

  it('leaves a host alone that the user allows exactly, and only that', () => {
    const named = derive('https://acme.ghe.com', 'copilot-api.acme.ghe.com')
    expect(verdict(named, 'copilot-api.acme.ghe.com')).toBe('allowed')
    expect(verdict(named, 'token.actions.acme.ghe.com')).toBe('blocked')
    expect(verdict(derive('https://acme.ghe.com', '*.acme.ghe.com'), 'copilot-api.acme.ghe.com')).toBe('blocked')
  })
})

describe('derivePolicy() for a server', () => {
  it('allows its host and isolation names, which may be private', () => {
    const { hosts, denied } = derive('https://ghes.corp.example')
    expect(hosts.map(renderRule)).toEqual(expect.arrayContaining(['ghes.corp.example', 'codeload.ghes.corp.example']))
    expect(hosts.every((rule) => rule.mayBePrivate)).toBe(true)
    expect(denied).toEqual([])
  })

  it('keeps that it may be private where the user lists it too', () => {
    const { hosts } = derive('https://ghes.corp.example', 'ghes.corp.example')
    expect(hosts[0]).toMatchObject({ name: 'ghes.corp.example', mayBePrivate: true, origin: { kind: 'user' } })
    expect(hosts.filter((rule) => rule.name === 'ghes.corp.example')).toHaveLength(1)
  })

  it('uses the port of the server', () => {
    const policy = derive('https://ghes.corp.example:8443')
    expect(verdict(policy, 'ghes.corp.example', 8443)).toBe('allowed')
    expect(verdict(policy, 'ghes.corp.example')).toBe('blocked')
  })

  it.each([
    ['https://10.0.0.5', '10.0.0.5:443'],
    ['https://10.0.0.5:8443', '10.0.0.5:8443'],
    ['https://[2001:DB8::1]', '[2001:db8::1]:443'],
  ])('reached by address: %s', (url, rule) => {
    const { hosts, addresses } = derive(url)
    expect(hosts).toEqual([])
    expect(addresses.map(renderAddressRule)).toEqual([rule])
  })

  it('on this machine needs nothing', () => {
    expect(derive('http://localhost:3000')).toMatchObject({ hosts: [], addresses: [], denied: [] })
    expect(derive('http://127.0.0.1:3000')).toMatchObject({ hosts: [], addresses: [], denied: [] })
  })
})

describe('a policy', () => {
  it('decides the same after its way to another process as JSON', () => {
    const policy = derive('https://acme.ghe.com', 'node\na.example\n!b.example\ntcp://c.example:22', '10.0.0.0/8')
    const copy = JSON.parse(JSON.stringify(policy)) as Policy
    for (const name of [
      'a.example',
      'b.example',
      'x.npmjs.org',
      'acme.ghe.com',
      'copilot-api.acme.ghe.com',
      '10.1.2.3',
    ]) {
      const wanted = { name: name as Hostname, port: 443, scheme: 'https' } as const
      expect(decideDestination(copy, wanted)).toEqual(decideDestination(policy, wanted))
    }
  })
})

describe('listRules()', () => {
  it('has every rule with its reason, deny rules first', () => {
    const rows = listRules(derive('https://acme.ghe.com', 'node\na.example\n!b.example', '10.0.0.5:22'))
    expect(rows[0]).toEqual({ verdict: 'deny', rule: '!b.example', origin: 'user', reason: 'line 3 of the inputs' })
    expect(rows).toContainEqual(
      expect.objectContaining({
        rule: '*.npmjs.org',
        origin: 'bundle',
        reason: expect.stringMatching(/^bundle node: /),
      }),
    )
    expect(rows).toContainEqual(expect.objectContaining({ rule: '10.0.0.5:22', origin: 'user' }))
    for (const row of rows) expect(row.reason.length).toBeGreaterThan(10)
  })
})

describe('renderAwfDomains()', () => {
  it('gives names in AWF’s form, and says what has none', () => {
    const { allow, block, left } = renderAwfDomains(
      derivePolicy({
        mode: 'block',
        ...lists(
          'a.example\nhttp://a.example\n*.b.example\nhttp://c.example\nd.example:8443\ntcp://e.example:22\n!x.example\n!*.y.example',
          '10.0.0.5',
        ),
        topology: topologyOf('http://localhost:3000'),
        runner: [],
      }),
    )
    expect(allow).toEqual(['a.example', 'http://c.example', 'https://*.b.example'])
    expect(block).toEqual(['*.y.example', 'x.example'])
    expect(left).toEqual(['10.0.0.5', 'd.example:8443', 'tcp://e.example:22'])
  })
})
