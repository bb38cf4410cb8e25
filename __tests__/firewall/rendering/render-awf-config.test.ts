import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Hostname } from '../../../src/core/hostname.ts'
import type { HostRule, Policy, RuleScheme } from '../../../src/core/policy/policy.ts'
import { deriveTopology } from '../../../src/core/topology/derive-topology.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { parseUpstream, type Upstream } from '../../../src/core/upstream.ts'
import { renderAwfConfig } from '../../../src/firewall/render-awf-config.ts'

/** AWF's published schema is not copied into this project: it lies beside the checkout, or where this variable says. */
const SCHEMA_FILE =
  process.env.AWF_CONFIG_SCHEMA ?? path.join(import.meta.dirname, '../../../../shared/data/awf-config.schema.json')

const origin = { kind: 'runner', reason: 'a test' } as const
const rule = (kind: HostRule['kind'], name: string, scheme: RuleScheme = 'https', port = 443): HostRule => ({
  kind,
  name: name as Hostname,
  scheme,
  port,
  mayBePrivate: false,
  origin,
})
const policyOf = (...hosts: HostRule[]): Policy => ({ mode: 'block', hosts, addresses: [], denied: [] })

function topologyOf(serverUrl: string): Topology {
  const result = deriveTopology({ serverUrl, apiUrl: undefined })
  if (result.kind === 'faults') throw new Error('A topology of these tests is none')
  return result.topology
}

const DOTCOM = topologyOf('https://github.com')
const TENANT = topologyOf('https://acme.ghe.com')
const upstream = (text: string): Upstream => parseUpstream(text) as Upstream

function render(policy: Policy, topology = DOTCOM, upstreams: Record<string, Upstream> = {}) {
  const { text, notes } = renderAwfConfig(policy, topology, { upstreams })
  return { config: JSON.parse(text), notes }
}

const FULL: Policy = {
  mode: 'audit',
  hosts: [
    rule('host', 'github.com'),
    rule('host', 'api.github.com'),
    rule('wildcard', 'npmjs.org'),
    rule('host', 'npmjs.org'),
    rule('host', 'docs.example'),
    rule('host', 'plain.example', 'http', 80),
    rule('host', 'odd.example', 'https', 8443),
    rule('host', 'git.example', 'tcp', 22),
  ],
  addresses: [{ network: '192.0.2.0/24', port: null, origin }],
  denied: [
    { kind: 'host', name: 'bad.npmjs.org' as Hostname, origin },
    { kind: 'wildcard', name: 'worse.npmjs.org' as Hostname, origin },
  ],
}

describe('renderAwfConfig()', () => {
  test('names and wildcards keep their scheme; sub-names of an exact host are blocked unless one of them is wanted', () => {
    expect(render(FULL).config.network).toEqual({
      allowDomains: [
        'https://github.com',
        'https://api.github.com',
        'https://*.npmjs.org',
        'https://npmjs.org',
        'https://docs.example',
        'http://plain.example',
      ],
      blockDomains: ['bad.npmjs.org', '*.worse.npmjs.org', '*.api.github.com', '*.docs.example', '*.plain.example'],
    })
  })

  test('what AWF does otherwise is said', () => {
    expect(render(FULL).notes).toEqual([
      'AWF includes every sub-name of these hosts, which this policy does not: github.com.',
      'AWF refuses every sub-name of these denied hosts too: bad.npmjs.org.',
      'AWF knows ports 80 and 443 only, so these are not reachable there: odd.example:8443, git.example:22.',
      'AWF has no rules for addresses, so these are not reachable there: 192.0.2.0/24.',
      'AWF has no audit mode: with this file it blocks.',
    ])
    expect(render(policyOf(rule('host', 'docs.example'))).notes).toEqual([])
  })

  test.each<{ what: string; topology: Topology; upstreams: Record<string, Upstream>; targets: unknown }>([
    { what: 'nothing on github.com', topology: DOTCOM, upstreams: {}, targets: undefined },
    {
      what: 'a tenant’s Copilot',
      topology: TENANT,
      upstreams: {},
      targets: { copilot: { host: 'copilot-api.acme.ghe.com' } },
    },
    {
      what: 'the Copilot host that discovery found',
      topology: TENANT,
      upstreams: { copilot: upstream('https://copilot-api.found.ghe.com') },
      targets: { copilot: { host: 'copilot-api.found.ghe.com' } },
    },
    {
      what: 'a gateway with a path',
      topology: DOTCOM,
      upstreams: { anthropic: upstream('https://gateway.example/anthropic') },
      targets: { anthropic: { host: 'gateway.example', basePath: '/anthropic' } },
    },
    {
      what: 'not what AWF chooses itself',
      topology: DOTCOM,
      upstreams: { openai: upstream('https://api.openai.com/v1') },
      targets: undefined,
    },
  ])('API targets: $what', ({ topology, upstreams, targets }) => {
    expect(render(policyOf(), topology, upstreams).config.apiProxy?.targets).toEqual(targets)
  })

  test.each(['https://gateway.example:8443', 'http://127.0.0.1:8080/v1'])('%s cannot be said in AWF’s file', (url) => {
    const { config, notes } = render(policyOf(), DOTCOM, { openai: upstream(url) })
    expect(config.apiProxy).toBeUndefined()
    expect(notes).toEqual(['AWF cannot be pointed at the upstream of OpenAI in its file.'])
  })
})

const here = existsSync(SCHEMA_FILE) ? test.each : test.skip.each
const why = existsSync(SCHEMA_FILE) ? '' : ' (skipped: the schema is not here; AWF_CONFIG_SCHEMA may name its file)'

describe('renderAwfConfig() against AWF’s published schema', () => {
  here([
    { what: 'a full policy', policy: FULL, topology: TENANT, upstreams: { gemini: upstream('https://g.example/x') } },
    { what: 'an empty policy', policy: policyOf(), topology: DOTCOM, upstreams: {} },
  ])(`$what is valid${why}`, ({ policy, topology, upstreams }) => {
    const ajv = new Ajv2020({ strict: false, allErrors: true })
    const validate = ajv.compile(JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')))
    const { config } = render(policy, topology, upstreams)
    validate(config)
    expect(validate.errors).toBeNull()
    // The schema is one that refuses: an unknown word in the same file is a fault.
    expect(validate({ ...config, network: { ...config.network, allowHosts: [] } })).toBe(false)
  })
})
