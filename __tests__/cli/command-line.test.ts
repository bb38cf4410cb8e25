import { describe, expect, test } from '@jest/globals'
import { collectInputs, isSecretInput, listVariables } from '../../src/cli/collect-inputs.ts'
import { deriveGithub } from '../../src/cli/create-step.ts'
import type { Request } from '../../src/cli/options.ts'
import { parseCommandLine } from '../../src/cli/parse-command-line.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { createTerminalRunner, type Verbosity } from '../../src/cli/terminal-runner.ts'
import { INPUT_NAMES } from '../../src/core/inputs/input-table.ts'

interface Parsed {
  readonly request: Request
  readonly out: string
  readonly error: string
}

function parse(words: readonly string[], facts: Partial<Terminal> = {}): Parsed {
  let out = ''
  let error = ''
  const terminal = {
    ...{ arguments: words, environment: {}, isErrorTerminal: false, ...facts },
    write: (text: string) => {
      out += text
    },
    writeError: (text: string) => {
      error += text
    },
  } as Terminal
  return { request: parseCommandLine(terminal), out, error }
}

const SECRETS = INPUT_NAMES.filter(isSecretInput)

describe('parseCommandLine()', () => {
  test('every input that is no secret is an option of every command', () => {
    for (const command of ['run', 'check', 'domains', 'explain']) {
      const { out } = parse([command, '--help'])
      const missing = INPUT_NAMES.filter((name) => !isSecretInput(name) && !out.includes(`--${name} <`))
      expect(missing).toEqual([])
    }
  })

  test.each(SECRETS)('--%s is refused in both spellings, with the variable to set, and never repeated', (name) => {
    const [, variable = ''] = listVariables(name)
    for (const words of [[`--${name}`, 'wordThatIsSecret'], [`--${name}=wordThatIsSecret`]]) {
      const { request, error, out } = parse(['check', ...words])
      expect(request).toEqual({ kind: 'done', code: 2 })
      expect(error).toContain(`Set the variable ${variable} instead`)
      expect(error + out).not.toContain('wordThatIsSecret')
    }
  })

  test('a mistyped option does not repeat its value; without one it says what may have been meant', () => {
    const { error } = parse(['check', '--openai-base-ulr=https://user:wordThatIsSecret@x.example'])
    expect(error).not.toContain('wordThatIsSecret')
    expect(error).toContain("unknown option '--openai-base-ulr'")
    expect(parse(['check', '--openai-base-ulr', 'x']).error).toContain('Did you mean --openai-base-url?')
  })

  test.each([
    ['with --', ['run', '--validate', 'warn', '--', 'codex', 'exec', '--validate', 'x']],
    ['without --, from the first word on', ['run', '--validate', 'warn', 'codex', 'exec', '--validate', 'x']],
  ])('the options of the command are its own (%s)', (_title, words) => {
    const { request } = parse(words)
    expect(request).toMatchObject({ kind: 'run', command: ['codex', 'exec', '--validate', 'x'] })
    expect(request.kind === 'run' && [...request.flags]).toEqual([['validate', 'warn']])
  })

  test.each([
    [['run'], 125],
    [['run', '--nonsense', '--', 'x'], 125],
    [['check', '--nonsense'], 2],
    [['nonsense'], 2],
    [['domains', '--json', '--awf'], 2],
    [['run', '--quiet', '--verbose', '--', 'x'], 125],
    [['check', '--config', 'openai-api-key: wordThatIsSecret'], 2],
    [['--help'], 0],
    [['--version'], 0],
  ])('%j ends with %i', (words, code) => {
    expect(parse(words).request).toEqual({ kind: 'done', code })
  })

  test.each<[boolean, readonly string[], Verbosity]>([
    [true, [], 'usual'],
    [false, [], 'quiet'],
    [true, ['--quiet'], 'quiet'],
    [false, ['--verbose'], 'verbose'],
  ])('stderr a terminal: %s, options %j → %s', (isErrorTerminal, options, verbosity) => {
    const { request } = parse(['check', ...options], { isErrorTerminal })
    expect(request).toMatchObject({ display: { verbosity } })
  })
})

describe('collectInputs()', () => {
  const collect = (environment: Record<string, string>, flags: Record<string, string> = {}) =>
    collectInputs(new Map(Object.entries(flags)) as never, environment)

  test.each([
    ['a variable of ours', { AGENT_PROXY_OPENAI_BASE_URL: 'u' }, {}, { 'openai-base-url': 'u' }],
    [
      'an option counts more',
      { AGENT_PROXY_OPENAI_BASE_URL: 'u' },
      { 'openai-base-url': 'v' },
      { 'openai-base-url': 'v' },
    ],
    ['a secret by its own name', { OPENAI_API_KEY: 'k' }, {}, { 'openai-api-key': 'k' }],
    ['ours counts more', { OPENAI_API_KEY: 'k', AGENT_PROXY_OPENAI_API_KEY: 'l' }, {}, { 'openai-api-key': 'l' }],
    ['an empty variable is none', { OPENAI_API_KEY: '', AGENT_PROXY_OPENAI_BASE_URL: '' }, {}, {}],
    ['what is no secret has no other name', { OPENAI_BASE_URL: 'u', VALIDATE: 'off' }, {}, {}],
    ['a misspelt name is handed on', { AGENT_PROXY_OPENAI_BASE_ULR: 'u' }, {}, { 'openai-base-ulr': 'u' }],
  ])('%s', (_title, environment, flags, inputs) => {
    expect(Object.fromEntries(collect(environment as never, flags as never).inputs)).toEqual(inputs)
  })

  test('leaves nothing for the command that was, or could have been, a key', () => {
    const secrets = Object.fromEntries(SECRETS.flatMap(listVariables).map((name) => [name, 'wordThatIsSecret']))
    const { environment, secretVariables } = collect({
      ...secrets,
      AGENT_PROXY_CONFIG: 'wordThatIsSecret',
      PATH: '/bin',
    })
    expect(environment).toEqual({ PATH: '/bin' })
    expect(secretVariables).toHaveLength(SECRETS.length)
  })
})

describe('deriveGithub()', () => {
  test.each([
    [{}, 'https://github.com', undefined],
    [{ GH_HOST: 'acme.ghe.com' }, 'https://acme.ghe.com', undefined],
    [
      { GH_HOST: 'acme.ghe.com', GITHUB_SERVER_URL: 'https://github.com', GITHUB_API_URL: 'https://api.github.com' },
      'https://acme.ghe.com',
      undefined,
    ],
    [
      { GITHUB_SERVER_URL: 'https://g.corp', GITHUB_API_URL: 'https://g.corp/api/v3' },
      'https://g.corp',
      'https://g.corp/api/v3',
    ],
    [{ GH_HOST: '', GITHUB_SERVER_URL: '' }, 'https://github.com', undefined],
  ])('%j', (environment, server, api) => {
    expect(deriveGithub(environment)).toEqual({ GITHUB_SERVER_URL: server, GITHUB_API_URL: api })
  })
})

describe('createTerminalRunner()', () => {
  const say = (verbosity: Verbosity, isColoured = false): string => {
    let text = ''
    const runner = createTerminalRunner({
      ...{ inputs: new Map(), verbosity, isColoured },
      writeError: (written) => {
        text += written
      },
    })
    runner.mask('wordThatIsSecret')
    runner.info('info wordThatIsSecret')
    runner.notice('n', 'notice')
    runner.warning('w wordThatIsSecret', 'watch')
    runner.error('e', 'error')
    runner.group('short', ['one'])
    runner.group(
      'long',
      Array.from({ length: 40 }, (_, at) => `line ${at}`),
    )
    return text
  }

  test('masks its own output', () => {
    for (const verbosity of ['quiet', 'usual', 'verbose'] as const)
      expect(say(verbosity)).not.toContain('wordThatIsSecret')
  })

  test('says warnings and errors only when quiet, long lists only when verbose', () => {
    expect(
      say('quiet')
        .split('\n')
        .filter((line) => !line.startsWith(' ')),
    ).toEqual(['warning: watch', 'error: error', ''])
    expect(say('usual')).toContain('long: 40 lines')
    expect(say('usual')).not.toContain('line 7')
    expect(say('verbose')).toContain('  line 39')
  })

  test('uses colours only where they were asked for', () => {
    expect(say('usual')).not.toContain('\u001b')
    expect(say('usual', true)).toContain('\u001b[31merror: error\u001b[0m')
  })

  test('keeps what a runner would keep', () => {
    const runner = createTerminalRunner({
      ...{ inputs: new Map([['a', 'b']]), verbosity: 'quiet', isColoured: false, writeError: () => undefined },
    })
    runner.exportVariable('A', '1')
    runner.saveState('s', '3')
    runner.addPath('/one')
    runner.addPath('/two')
    expect(runner.handedOver).toMatchObject({ paths: ['/two', '/one'], hasFailed: false })
    expect([runner.handedOver.exported.get('A'), runner.getState('s')]).toEqual(['1', '3'])
    expect(runner.getState('none')).toBe('')
    runner.fail()
    expect(runner.handedOver.hasFailed).toBe(true)
  })
})
