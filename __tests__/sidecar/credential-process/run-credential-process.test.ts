import { describe, expect, it } from '@jest/globals'
import type { CommandSource } from '../../../src/core/credentials/source.ts'
import type { CredentialProcessConfig, FromCredentialProcess } from '../../../src/sidecar/credential-ipc.ts'
import type { CommandRun } from '../../../src/sidecar/credential-process/run-command.ts'
import { runCredentialProcess } from '../../../src/sidecar/credential-process/run-credential-process.ts'
import type { SourceRequest, SourceResult } from '../../../src/sidecar/ipc.ts'

const command = (changes: Partial<CommandSource> = {}): CommandSource => ({
  kind: 'command',
  argv: ['/usr/bin/mint', 'token'],
  timeoutMs: 30_000,
  environmentNames: [],
  ...changes,
})

interface Run {
  readonly run: CommandRun
  readonly end: (result: SourceResult) => void
}

interface Started {
  readonly ask: (id: number, request?: Partial<SourceRequest>) => void
  readonly sent: FromCredentialProcess[]
  readonly runs: Run[]
  readonly end: () => void
}

function start(config: Partial<CredentialProcessConfig> = {}, platform = 'linux'): Started {
  const sent: FromCredentialProcess[] = []
  const runs: Run[] = []
  const credentialProcess = runCredentialProcess({
    send: (message) => void sent.push(message),
    runCommand: (run) => new Promise((end) => void runs.push({ run, end })),
    platform,
    now: () => 0,
    pause: () => Promise.resolve(),
    every: () => () => undefined,
  })
  const sources = [{ provider: 'openai', source: command() }] as const
  const whole = { sources, variables: {}, confidential: [], workDirectory: '/temp', ...config }
  credentialProcess.onMessage({ kind: 'boot', config: whole })
  return {
    sent,
    runs,
    ask: (id, request) =>
      credentialProcess.onMessage({
        kind: 'request',
        id,
        request: { provider: 'openai', reason: 'initial', ...request },
      }),
    end: () => credentialProcess.end(),
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const OUTPUT: SourceResult = { kind: 'output', text: 'token' }

describe('runCredentialProcess(): requests', () => {
  it('share one run while it lasts, whoever asks', async () => {
    const { ask, runs, sent } = start()
    ask(1)
    ask(2, { reason: 'unauthorized' })
    expect(runs).toHaveLength(1)
    runs[0]?.end(OUTPUT)
    await settled()
    expect(sent).toEqual([
      { kind: 'result', id: 1, result: OUTPUT },
      { kind: 'result', id: 2, result: OUTPUT },
    ])
    ask(3)
    expect(runs).toHaveLength(2)
  })

  it('of different providers run side by side', () => {
    const sources = [
      { provider: 'openai', source: command({ argv: ['/bin/one'] }) },
      { provider: 'gemini', source: command({ argv: ['/bin/two'] }) },
    ] as const
    const { ask, runs } = start({ sources })
    ask(1)
    ask(2, { provider: 'gemini' })
    expect(runs.map(({ run }) => run.argv)).toEqual([['/bin/one'], ['/bin/two']])
  })

  it('for a provider without a source here are refused', async () => {
    const { ask, runs, sent } = start()
    ask(1, { provider: 'byok' })
    await settled()
    expect(runs).toEqual([])
    expect(sent).toEqual([{ kind: 'result', id: 1, result: { kind: 'not-started', code: 'ENOSOURCE' } }])
  })

  it('have the groups of their commands told, so that none outlives this process', () => {
    const { ask, runs, sent } = start()
    ask(1)
    runs[0]?.run.onGroupStarted(4711)
    runs[0]?.run.onGroupEnded(4711)
    expect(sent).toEqual([
      { kind: 'group-started', group: 4711 },
      { kind: 'group-ended', group: 4711 },
    ])
  })

  it('are ended with this process', () => {
    const { ask, runs, end } = start()
    ask(1)
    end()
    expect(runs[0]?.run.ended.aborted).toBe(true)
  })
})

describe('runCredentialProcess(): what a command is given', () => {
  const variables = {
    PATH: '/usr/bin',
    HOME: '/home/runner',
    https_proxy: 'http://proxy:3128',
    LISTED: 'yes',
    OTHER: 'of another command',
    SystemRoot: 'C:\\Windows',
  }

  it('is the fixed list, what its source names, and why it is run', () => {
    const source = command({ environmentNames: ['LISTED', 'ABSENT'], timeoutMs: 7000 })
    const { ask, runs } = start({ sources: [{ provider: 'openai', source }], variables })
    ask(1)
    expect(runs[0]?.run).toMatchObject({
      argv: ['/usr/bin/mint', 'token'],
      workDirectory: '/temp',
      timeoutMs: 7000,
      environment: {
        PATH: '/usr/bin',
        HOME: '/home/runner',
        https_proxy: 'http://proxy:3128',
        LISTED: 'yes',
        AGENT_PROXY_PROVIDER: 'openai',
        AGENT_PROXY_REASON: 'initial',
      },
    })
    expect(Object.keys(runs[0]?.run.environment ?? {})).toHaveLength(6)
  })

  it.each([
    ['initial', 'initial'],
    ['scheduled', 'scheduled'],
    ['unauthorized', '401'],
  ] as const)('tells a run that is %s as %s', (reason, told) => {
    const { ask, runs } = start()
    ask(1, { reason })
    expect(runs[0]?.run.environment.AGENT_PROXY_REASON).toBe(told)
  })

  it('has on Windows what no program starts without', () => {
    const { ask, runs } = start({ variables }, 'win32')
    ask(1)
    expect(runs[0]?.run.environment.SystemRoot).toBe('C:\\Windows')
  })
})

describe('runCredentialProcess(): standard error', () => {
  it.each([
    ['a failing command', { kind: 'exit', code: 1, signal: null }],
    ['a command that hung', { kind: 'timeout', timeoutMs: 1000 }],
  ] as const)('of %s is handed on without the secrets it was given, in any spelling', async (_name, how) => {
    const secret = 'value-of-a-listed-variable'
    const { ask, runs, sent } = start({ confidential: [secret] })
    ask(1)
    const encoded = Buffer.from(`user:${secret}`).toString('base64')
    runs[0]?.end({ ...how, stderr: `tried ${secret} and Basic ${encoded}` })
    await settled()
    expect(JSON.stringify(sent)).toContain('tried «redacted» and')
    expect(JSON.stringify(sent)).not.toContain(encoded.slice(8, -6))
  })
})
