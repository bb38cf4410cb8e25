import { describe, expect, test } from '@jest/globals'
import { explainDestination, parseWantedUrl } from '../../../src/core/explain/explain-destination.ts'
import { parseInputs } from '../../../src/core/inputs/parse-inputs.ts'
import { derivePolicy } from '../../../src/core/policy/derive-policy.ts'

const TOKEN = 'github_pat_Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU'
const OPENAI = 'sk-proj-Q7zR4mXw2LpT9vKd6sNhY3bFgC8jE1aU'

function explain(url: string, raw: Readonly<Record<string, string>> = {}): string {
  const facts = new Map([
    ['github-server-url', 'https://github.com'],
    ['provider', 'optional'],
  ])
  const parsed = parseInputs(new Map(Object.entries(raw)), facts)
  if (parsed.kind === 'faults') throw new Error(JSON.stringify(parsed.faults))
  const { topology, firewall, providers } = parsed.inputs
  const policy = derivePolicy({ mode: 'block', rules: firewall.rules, ips: firewall.ips, topology, runner: [] })
  const wanted = parseWantedUrl(url)
  if (wanted === undefined) throw new Error(`${url} is no destination`)
  return explainDestination(wanted, { policy, topology, providers }).join('\n')
}

describe('parseWantedUrl()', () => {
  test.each([
    ['https://Example.com', { name: 'example.com', port: 443, scheme: 'https', path: '/' }],
    ['http://example.com/a?b', { name: 'example.com', port: 80, scheme: 'http', path: '/a?b' }],
    ['example.com', { name: 'example.com', port: 443, scheme: 'https' }],
    ['example.com:8443/x', { name: 'example.com', port: 8443, scheme: 'https', path: '/x' }],
    ['tcp://git.example.com:22', { name: 'git.example.com', port: 22, scheme: 'tcp' }],
    ['https://10.0.0.5', { name: '10.0.0.5', port: 443 }],
    ['https://[2001:db8::1]:8443/', { name: '2001:db8::1', port: 8443 }],
    ['localhost:10000/v1', { name: 'localhost', port: 10000 }],
  ])('reads %s', (text, wanted) => {
    expect(parseWantedUrl(text)).toMatchObject(wanted)
  })

  test.each([
    '',
    'path_not_lent',
    'tls-untrusted',
    'see example.com',
    'tcp://git.example.com',
    'https://',
    'http://a b',
    'dns',
  ])('%j is none', (text) => {
    expect(parseWantedUrl(text)).toBeUndefined()
  })
})

describe('explainDestination()', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['https://github.com/a', {}, ['allowed by the rule github.com (topology: git over HTTPS']],
    [
      'https://a.example.com',
      { 'allowed-domains': '*.example.com' },
      ['allowed by the rule *.example.com (user: line 1'],
    ],
    [
      'https://b.example.com',
      { 'allowed-domains': 'example.com' },
      ['blocked, not-allowed', '*.example.com would cover', 'allowed-domains, if it is wanted: b.example.com'],
    ],
    [
      'https://x.example.com',
      { 'allowed-domains': '*.example.com\n!x.example.com' },
      ['blocked, denied', 'fix: Remove the deny rule'],
    ],
    [
      'example.com:8443',
      { 'allowed-domains': 'example.com' },
      ['blocked, port-not-allowed', 'if it is wanted: example.com:8443'],
    ],
    ['https://203.0.113.5', {}, ['blocked, address-literal', 'allowed-ips, if it is wanted: 203.0.113.5:443']],
    ['https://169.254.169.254', {}, ['blocked, address-literal', '  fix: Use the name', 'stay closed.']],
    ['https://co.uk', {}, ['blocked, not-allowed', '  fix: If the agent needs it', 'of a registry.']],
    ['https://pypi.org', {}, ['or: the bundle python']],
    ['api.openai.com', {}, ['upstream of OpenAI, which is not configured; openai-api-key']],
    [
      'api.openai.com/v1/models',
      { 'openai-api-key': OPENAI },
      ['sends the requests of OpenAI there', '/v1/models is forwarded'],
    ],
    ['https://api.githubcopilot.com/user', { 'copilot-github-token': TOKEN }, ['/user is refused, path_not_lent']],
    [
      'https://api.githubcopilot.com/responses',
      { 'copilot-github-token': TOKEN },
      ['/responses is forwarded (POST, GET)'],
    ],
    ['http://127.0.0.1:10002/user', { 'copilot-github-token': TOKEN }, ['loopback is free', 'path_not_lent']],
    ['http://localhost:10000/', {}, ['usual port of OpenAI, which is not configured']],
    ['http://localhost:5432/', {}, ['loopback is free']],
  ])('%s with %j', (url, raw, parts) => {
    const said = explain(url, raw)
    for (const part of parts) expect(said).toContain(part)
  })

  test('offers no rule for the upstream of a provider: requests there would go without its key', () => {
    expect(explain('api.openai.com', { 'openai-api-key': OPENAI })).not.toContain('allowed-domains')
  })

  test('takes a provider that lacks its key for not configured', () => {
    expect(explain('api.anthropic.com', { 'anthropic-base-url': 'https://gw.example/a' })).toContain('blocked')
  })
})
