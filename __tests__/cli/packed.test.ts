import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import path, { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { DIST } from '../support/bundles.ts'
import { type CliResult, CliUser } from '../support/cli.ts'
import { describeWith } from '../support/needs.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const KEY = 'sk-proj-Cl1fAce8Tz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0q'
const INSTALL_MS = 120_000

/** npm and npx as a user has them, with the node that runs the tests, a home of their own, and no network. */
const OFFLINE = {
  ...{ npm_config_offline: 'true', npm_config_audit: 'false', npm_config_fund: 'false' },
  ...{ npm_config_update_notifier: 'false', npm_config_loglevel: 'error' },
}

describeWith({ programs: ['npm', 'npx'], isRoot: false }, 'the packed package', () => {
  const user = new CliUser({
    ...OFFLINE,
    PATH: [path.dirname(process.execPath), process.env.PATH ?? ''].join(path.delimiter),
  })
  const folder = user.work
  let tarball = ''

  beforeAll(() => {
    const packed = join(user.directory, 'packed')
    mkdirSync(packed)
    const environment = { ...user.environment, PATH: user.environment.PATH ?? '' }
    tarball = execFileSync(process.execPath, [join(ROOT, 'scripts', 'pack.mjs'), packed, DIST], {
      ...{ env: environment, encoding: 'utf8' },
    }).trim()
    execFileSync('npm', ['install', tarball], { cwd: folder, env: environment, stdio: 'pipe' })
  }, INSTALL_MS)

  afterAll(() => rmSync(user.directory, { recursive: true, force: true }))

  const npx = (words: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
    user.call({ program: ['npx', '--no-install', 'setup-agent-proxy'], arguments: words, environment })

  test('holds the bundles, the schema, action.yml and the first pages, and nothing else', () => {
    const installed = join(folder, 'node_modules', 'setup-agent-proxy')
    expect(readdirSync(installed).sort()).toEqual(
      ['LICENSE', 'README.md', 'action.yml', 'dist', 'package.json', 'schema'].sort(),
    )
    expect(readdirSync(join(installed, 'dist')).sort()).toEqual(readdirSync(DIST).sort())
  })

  test('brings no dependency along, runs no script at installation, and can be published', () => {
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'setup-agent-proxy',
    ])
    const manifest = JSON.parse(
      readFileSync(join(folder, 'node_modules', 'setup-agent-proxy', 'package.json'), 'utf8'),
    ) as Record<string, unknown>
    for (const member of ['private', 'scripts', 'dependencies', 'optionalDependencies']) {
      expect(manifest[member]).toBeUndefined()
    }
  })

  test('npx … check, domains and run work offline', async () => {
    const service = createOpenAiService({ key: KEY, conversation: { text: 'the answer' } })
    await using provider = await createFakeProvider({ hosts: { '*': service }, tls: true })
    const inputs = ['--openai-base-url', `${provider.origin}/v1`, '--ca-bundle', sharedAuthority().ca]
    const keys = { OPENAI_API_KEY: KEY }
    const check = await npx(['check', ...inputs], keys)
    expect(check).toMatchObject({ code: 0 })
    expect(check.stdout).toContain('✓ valid')
    const domains = await npx(['domains'])
    expect(domains).toMatchObject({ code: 0, stderr: '' })
    expect(domains.stdout).toContain('github.com')
    const agent =
      "fetch(process.env.OPENAI_BASE_URL + '/models', { headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY } }).then((answer) => { console.log(answer.status); process.exitCode = 6 })"
    const run = await npx(['run', ...inputs, '--', process.execPath, '-e', agent], keys)
    expect(run).toMatchObject({ code: 6, stdout: '200\n', stderr: '' })
  })
})
