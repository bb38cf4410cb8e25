import { expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider, type FakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { type CliResult, CliUser } from '../support/cli.ts'
import { describeWith } from '../support/needs.ts'

const KEY = 'sk-proj-Cl1fAce8Tz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0q'

/** Asks the model through the sidecar, then the outside directly, and says what became of both. */
const AGENT = `
  const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = process.env
  const model = await fetch(base + '/models', { headers: { authorization: 'Bearer ' + token } })
  const outside = await fetch('https://files.example.org/').catch((error) => error.cause?.code ?? error.message)
  console.log(model.status, outside)
  process.exitCode = 4
`

async function run(provider: FakeProvider, user: CliUser, options: readonly string[]): Promise<CliResult> {
  return user.call({
    arguments: [
      ...['run', '--openai-base-url', `${provider.origin}/v1`, '--ca-bundle', sharedAuthority().ca, ...options],
      ...['--', process.execPath, '--input-type=module', '-e', AGENT],
    ],
    // Always a level by name: what closes the machine is never to be chosen in a test.
    environment: { OPENAI_API_KEY: KEY, AGENT_PROXY_EGRESS_POLICY: 'block' },
  })
}

const createOpenAi = (): Promise<FakeProvider> =>
  createFakeProvider({ hosts: { '*': createOpenAiService({ key: KEY, conversation: { text: '' } }) }, tls: true })

describeWith(
  { programs: ['unshare', 'nft', 'ip', 'mount', 'setpriv'], isRoot: true },
  'run behind the firewall',
  () => {
    test('wrapped: the sidecar is reached, the outside is not, and the end says which host was blocked', async () => {
      await using provider = await createOpenAi()
      await using user = new CliUser()
      const result = await run(provider, user, ['--firewall-level', 'wrapped', '--verbose'])
      expect(result.stderr).toContain('Firewall: wrapped, block')
      expect(result.stdout).toMatch(/^200 (?!200)\S+/)
      expect(result.code).toBe(4)
      expect(result.stderr).toContain('files.example.org was blocked')
      expect(result.stderr).toMatch(/firewall \(wrapped\): \d+ allowed, 1 blocked/)
      expect(result.stderr).toContain("if it is wanted: --allowed-domains 'files.example.org'")
      expect(result.stderr).not.toContain('agent-exec -- <command>')
      expect(user.listRemains()).toEqual([])
    })

    test('wrapped: quiet where stderr is no terminal, but for what was blocked', async () => {
      await using provider = await createOpenAi()
      await using user = new CliUser()
      const { stderr, code } = await run(provider, user, ['--firewall-level', 'wrapped', '--fail-on-blocked', 'true'])
      expect(code).toBe(4)
      expect(stderr).toContain('warning: files.example.org was blocked')
      expect(stderr).not.toContain('Firewall: wrapped')
    })

    test('cooperative: taken only by name, and says that it is no barrier', async () => {
      await using provider = await createOpenAi()
      await using user = new CliUser()
      const result = await run(provider, user, ['--firewall-level', 'cooperative'])
      expect(result.stdout).toMatch(/^200 /)
      expect(result.stderr).toContain('Firewall: what cooperative leaves open')
      expect(user.listRemains()).toEqual([])
    })
  },
)
