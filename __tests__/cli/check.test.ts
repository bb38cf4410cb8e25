import { describe, expect, test } from '@jest/globals'
import { createAnthropicService } from '../fakes/anthropic-service.ts'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { type CliResult, CliUser } from '../support/cli.ts'

const KEY = 'sk-proj-Cl1fAce8Tz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0q'
const OTHER = 'sk-ant-api03-Cl1fAce8Tz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0q'
const conversation = { text: 'the answer' }

const createWorld = (): Promise<FakeProvider> =>
  createFakeProvider({
    hosts: {
      localhost: createAnthropicService({ key: OTHER, conversation }),
      '*': createOpenAiService({ key: KEY, conversation }),
    },
    tls: true,
  })

function check(
  provider: FakeProvider,
  user: CliUser,
  { options = [], keys = {} }: { options?: readonly string[]; keys?: Readonly<Record<string, string>> } = {},
): Promise<CliResult> {
  return user.call({
    arguments: [
      ...['check', '--openai-base-url', `${provider.origin}/v1`, '--ca-bundle', sharedAuthority().ca],
      ...['--anthropic-base-url', `https://localhost:${provider.port}`, ...options],
    ],
    environment: { OPENAI_API_KEY: KEY, ANTHROPIC_API_KEY: OTHER, ...keys },
  })
}

describe('setup-agent-proxy check', () => {
  test('all valid is 0: hosts and one line for each key, nothing stays', async () => {
    await using provider = await createWorld()
    await using user = new CliUser({ GH_HOST: 'acme.ghe.com' })
    const { code, stdout, stderr } = await check(provider, user)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('https://api.acme.ghe.com')
    expect(stdout).toContain('https://copilot-api.acme.ghe.com')
    expect(stdout.match(/✓ valid/g)).toHaveLength(2)
    expect(stdout).not.toContain(KEY)
    expect(user.listRemains()).toEqual([])
  })

  test('a rejected key is 1, with cause and fix, also with validate: off and warn', async () => {
    await using provider = await createWorld()
    await using user = new CliUser()
    for (const options of [[], ['--validate', 'off'], ['--validate', 'warn']]) {
      const result = await check(provider, user, { options, keys: { OPENAI_API_KEY: `${KEY}z` } })
      expect(result.code).toBe(1)
      expect(result.stdout).toContain('✗ rejected')
      expect(result.stdout).toMatch(/OpenAI \(openai-key-rejected\)\n {2}cause: .*\n {2}fix: {3}.*api-keys/)
      expect(result.stdout).toContain('✓ valid')
    }
    expect(user.listRemains()).toEqual([])
  })

  test('an input that cannot be used is 2 and nothing is asked', async () => {
    await using provider = await createWorld()
    await using user = new CliUser()
    const result = await check(provider, user, { options: ['--client-auth', 'maybe'] })
    expect(result).toMatchObject({ code: 2, stdout: '' })
    expect(result.stderr).toContain('client-auth')
    expect(provider.requests).toEqual([])
    expect((await user.call({ arguments: ['check'] })).stderr).toContain('No provider is configured')
    expect((await user.call({ arguments: ['check', '--nonsense'] })).code).toBe(2)
    expect(user.listRemains()).toEqual([])
  })

  test('an option that says the default is no less given than any other: config may not overrule it', async () => {
    await using user = new CliUser({ AGENT_PROXY_EGRESS_POLICY: '', AGENT_PROXY_CONFIG: 'egress-policy: "off"' })
    const result = await user.call({
      arguments: ['check', '--egress-policy', 'block'],
      environment: { OPENAI_API_KEY: KEY },
    })
    expect(result).toMatchObject({ code: 2 })
    expect(result.stderr).toContain('egress-policy is given directly and, with another value, in config')
  })

  test('--json has a stable shape and no secret, whatever was found', async () => {
    await using provider = await createWorld()
    await using user = new CliUser()
    const keys = { ANTHROPIC_API_KEY: `${OTHER}z` }
    const { code, stdout } = await check(provider, user, { options: ['--json'], keys })
    expect(code).toBe(1)
    const found = JSON.parse(stdout)
    expect(Object.keys(found)).toEqual(['version', 'topology', 'credentials', 'faults'])
    expect(found).toMatchObject({
      version: 1,
      topology: { kind: 'dotcom', web: 'github.com', rest: 'https://api.github.com', ghHost: null },
      credentials: [
        { provider: 'openai', verdict: 'valid', upstream: `${provider.origin}/v1` },
        { provider: 'anthropic', verdict: 'rejected', cause: 'anthropic-key-rejected' },
      ],
      faults: [],
    })
    expect(stdout).not.toContain(KEY.slice(8))
    const faulty = await check(provider, user, { options: ['--json', '--max-requests', '-1'] })
    expect(faulty.code).toBe(2)
    expect(JSON.parse(faulty.stdout)).toMatchObject({
      topology: null,
      credentials: [],
      faults: [{ code: 'input-invalid', input: 'max-requests' }],
    })
  })
})

describe('setup-agent-proxy domains', () => {
  test('works without any key and says why each line stands there', async () => {
    await using user = new CliUser({ AGENT_PROXY_EGRESS_POLICY: 'block' })
    const options = ['--allowed-domains', 'node\n!tracker.example.com\n*.example.com', '--allowed-ips', '10.0.0.5:443']
    const { code, stdout, stderr } = await user.call({ arguments: ['domains', ...options] })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/^ {2}deny {3}!tracker\.example\.com +user +line 2 of the inputs$/m)
    expect(stdout).toMatch(/^ {2}allow {2}\*\.example\.com +user +line 3 of the inputs$/m)
    expect(stdout).toMatch(/^ {2}allow {2}nodejs\.org +bundle +bundle node: /m)
    expect(stdout).toMatch(/^ {2}allow {2}github\.com +topology/m)
    expect(stdout).toMatch(/^ {2}allow {2}10\.0\.0\.5:443 +user/m)
    expect(stdout).toMatch(/^ {2}api\.openai\.com +OpenAI, which is not configured$/m)
    expect(stdout).not.toContain('actions.githubusercontent.com')
  })

  test('--runner adds what a job needs, GH_HOST moves everything to that GitHub', async () => {
    await using user = new CliUser({ GH_HOST: 'acme.ghe.com' })
    const { stdout } = await user.call({ arguments: ['domains', '--runner', '--json'] })
    const { topology, agent } = JSON.parse(stdout)
    expect(topology).toBe('tenant')
    const rules = agent.map(({ rule }: { rule: string }) => rule)
    expect(rules).toEqual(expect.arrayContaining(['acme.ghe.com', '*.actions.acme.ghe.com']))
    expect(rules).not.toContain('github.com')
  })

  test('the forms of other engines: --awf on one line, --squid as a file; together they are refused', async () => {
    await using user = new CliUser()
    const awf = await user.call({ arguments: ['domains', '--awf', '--allowed-domains', 'tcp://git.example.com:22'] })
    expect(awf.stdout.trimEnd().split(',')).toContain('https://github.com')
    expect(awf.stdout.split('\n')).toHaveLength(2)
    expect(awf.stderr).toContain('tcp://git.example.com:22')
    const squid = await user.call({ arguments: ['domains', '--squid'] })
    expect(squid.stdout).toContain('http_access deny all')
    expect((await user.call({ arguments: ['domains', '--awf', '--squid'] })).code).toBe(2)
  })

  test('names the sidecar’s hosts by the keys that are there', async () => {
    await using user = new CliUser()
    const { stdout } = await user.call({ arguments: ['domains', '--json'], environment: { OPENAI_API_KEY: KEY } })
    expect(JSON.parse(stdout).sidecar).toEqual([{ host: 'api.openai.com', provider: 'openai', isConfigured: true }])
  })
})

describe('setup-agent-proxy explain', () => {
  test('a URL: which rule, which route, or why not and what to add', async () => {
    await using user = new CliUser({ AGENT_PROXY_EGRESS_POLICY: 'block' })
    const say = async (...words: string[]): Promise<CliResult> => user.call({ arguments: ['explain', ...words] })
    expect((await say('https://api.github.com/user')).stdout).toContain('allowed by the rule api.github.com (topology:')
    const blocked = await say('https://pypi.org/simple/')
    expect(blocked).toMatchObject({ code: 0 })
    expect(blocked.stdout).toContain('blocked, not-allowed')
    expect(blocked.stdout).toContain('add this line to allowed-domains, if it is wanted: pypi.org')
    expect(blocked.stdout).toContain('the bundle python')
    expect((await say('api.openai.com')).stdout).toContain('upstream of OpenAI, which is not configured')
  })

  test('a text: in arguments, or a whole output on stdin; unknown is 1 and says so', async () => {
    await using user = new CliUser()
    const given = await user.call({ arguments: ['explain', 'proxy_path_not_lent'] })
    expect(given).toMatchObject({ code: 0, stderr: '' })
    expect(given.stdout).toMatch(/^path_not_lent \(an answer of the sidecar\)\n {2}cause: .+\n {2}fix: {3}.+\n$/)
    const input = 'lots of lines\nFailed to authenticate. API Error: 401\nand more\n'
    const piped = await user.call({ arguments: ['explain', '-'], input })
    expect(piped.stdout).toContain('Claude Code')
    const unknown = await user.call({ arguments: ['explain', 'what', 'is', 'this'] })
    expect(unknown).toMatchObject({ code: 1, stdout: '' })
    expect(unknown.stderr).toContain('Nothing in this text is known')
  })
})

describe('setup-agent-proxy', () => {
  test('--help and --version write to stdout and are 0; no command is 2', async () => {
    await using user = new CliUser()
    const help = await user.call({ arguments: ['run', '--help'] })
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toContain('--openai-base-url <value>')
    expect(help.stdout).toContain('Firewall:')
    expect(help.stdout).not.toContain('--openai-api-key ')
    expect((await user.call({ arguments: ['--version'] })).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await user.call({ arguments: [] })).code).toBe(2)
  })
})
