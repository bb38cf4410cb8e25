import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { CommandSource, FileSource } from '../../../src/core/credentials/source.ts'
import type { CredentialProcessConfig } from '../../../src/sidecar/credential-ipc.ts'
import type { SourceRequest, SourceResult } from '../../../src/sidecar/ipc.ts'
import {
  type CredentialProcess,
  createCredentialProcess,
} from '../../../src/sidecar/supervisor/credential-process-host.ts'
import { createCredentialProcessHost } from '../../support/credential-process.ts'
import { Workshop } from '../../support/credential-programs.ts'
import { waitUntil } from '../../support/wait-until.ts'

/** The shipped program as a process with its real rights, and real commands and files. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

let shop = new Workshop()
let open: CredentialProcess[] = []
let restarts: string[] = []
let changed: string[] = []
let pids: number[] = []

beforeEach(() => {
  shop = new Workshop()
  open = []
  restarts = []
  changed = []
  pids = []
})

afterEach(async () => {
  for (const each of open) each.close()
  await shop.waitUntilAlone()
  await shop[Symbol.asyncDispose]()
})

interface Options {
  readonly config?: Partial<CredentialProcessConfig>
  readonly mayTrust?: () => boolean
}

function start(source: CommandSource | FileSource, { config, mayTrust = () => true }: Options = {}): CredentialProcess {
  const started = createCredentialProcess(
    createCredentialProcessHost(),
    {
      sources: [{ provider: 'openai', source }],
      variables: { PATH: process.env.PATH ?? '' },
      confidential: [],
      workDirectory: shop.directory,
      ...config,
    },
    {
      onChanged: (provider) => changed.push(provider),
      onRestart: (how) => restarts.push(how),
      mayTrust: (pid) => {
        pids.push(pid ?? 0)
        return mayTrust()
      },
    },
  )
  open.push(started)
  return started
}

function command(body: string, changes: Partial<CommandSource> = {}): CommandSource {
  return { kind: 'command', argv: shop.program(body), timeoutMs: 60_000, environmentNames: [], ...changes }
}

const REQUEST: SourceRequest = { provider: 'openai', reason: 'initial' }
const readCommandLine = (pid = 0): string[] => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
/** A command that writes its pid into a file and then hangs. */
const hanging = (): CommandSource =>
  command(`import { writeFileSync } from 'node:fs'
    process.on('SIGTERM', () => {})
    writeFileSync(${JSON.stringify(shop.path('up'))}, '')
    setInterval(() => {}, 1000)`)
const waitUntilUp = (): Promise<true> => waitUntil('the command is up', () => existsSync(shop.path('up')))

onLinux('createCredentialProcess(): a command', () => {
  it('prints a credential, which comes back', async () => {
    const source = command(`console.log(process.env.AGENT_PROXY_REASON + ' ' + process.env.AGENT_PROXY_PROVIDER)`)
    expect(await start(source).request(REQUEST)).toEqual({ kind: 'output', text: 'initial openai\n' })
  })

  it('gets no rights of node and no options of ours in its environment', async () => {
    const source = command(`import { readFileSync } from 'node:fs'
      readFileSync('/etc/hostname')
      console.log(Object.keys(process.env).sort().join())`)
    expect(await start(source).request(REQUEST)).toEqual({
      kind: 'output',
      text: 'AGENT_PROXY_PROVIDER,AGENT_PROXY_REASON,PATH\n',
    })
  })

  it('has what it wrote on standard error redacted before it leaves the process', async () => {
    const secret = 'a-client-secret-of-the-command'
    const source = command(`console.error(process.env.LISTED); process.exitCode = 1`, { environmentNames: ['LISTED'] })
    const config = { variables: { LISTED: secret }, confidential: [secret] }
    const result: SourceResult = { kind: 'exit', code: 1, signal: null, stderr: '«redacted»\n' }
    expect(await start(source, { config }).request(REQUEST)).toEqual(result)
  })

  it('is killed with the process that runs it, and who waited is told', async () => {
    const started = start(hanging())
    const answer = started.request(REQUEST)
    await waitUntilUp()
    process.kill(pids[0] ?? 0, 'SIGKILL')
    expect(await answer).toEqual({ kind: 'not-started', code: 'EPIPE' })
    await shop.waitUntilAlone()
    expect(restarts).toEqual(['SIGKILL'])
  })

  it('is killed at the end', async () => {
    const started = start(hanging())
    const answer = started.request(REQUEST)
    await waitUntilUp()
    started.close()
    expect(await answer).toEqual({ kind: 'not-started', code: 'EPIPE' })
    await shop.waitUntilAlone()
    expect(await started.request(REQUEST)).toEqual({ kind: 'not-started', code: 'EPIPE' })
    expect(restarts).toEqual([])
  })

  it('can be run again by the next process after one was killed', async () => {
    const started = start(command(`console.log('token')`))
    await started.request(REQUEST)
    process.kill(pids[0] ?? 0, 'SIGKILL')
    await waitUntil('it was missed', () => restarts.length === 1)
    expect(await started.request(REQUEST)).toEqual({ kind: 'output', text: 'token\n' })
    expect(new Set(pids).size).toBe(2)
  })
})

onLinux('createCredentialProcess(): rights', () => {
  it('are those of starting programs, and no file, where a command is wanted', async () => {
    const started = start(command(`console.log('token')`))
    await started.request(REQUEST)
    const line = readCommandLine(pids[0])
    expect(line).toEqual(expect.arrayContaining(['--permission', '--allow-child-process', '--disable-sigusr1']))
    expect(line.filter((word) => word.startsWith('--allow-fs'))).toEqual([])
  })

  it('are those of reading one file, and no program, where a file is wanted', async () => {
    writeFileSync(shop.path('token'), 'token')
    const started = start({ kind: 'file', path: shop.path('token') })
    expect(await started.request(REQUEST)).toEqual({ kind: 'output', text: 'token' })
    const line = readCommandLine(pids[0])
    expect(line.filter((word) => word.startsWith('--allow'))).toEqual([`--allow-fs-read=${shop.path('token')}`])
  })

  it('leave its environment and its command line without a value', async () => {
    const config = { variables: { LISTED: 'value-of-a-listed-variable' } }
    const started = start(command(`console.log('token')`), { config })
    await started.request(REQUEST)
    const known = readFileSync(`/proc/${pids[0]}/environ`, 'utf8') + readCommandLine(pids[0]).join('\0')
    expect(known).not.toContain('value-of-a-listed-variable')
  })

  it('are none for a process that others could read: it gets nothing, and who waited is told', async () => {
    const started = start(command(`console.log('token')`), { mayTrust: () => false })
    expect(await started.request(REQUEST)).toEqual({ kind: 'not-started', code: 'EPIPE' })
    await waitUntil('another was tried', () => pids.length >= 3)
    expect(new Set(restarts)).toEqual(new Set(['the node it was started from has become readable, so it got nothing']))
  })
})

onLinux('createCredentialProcess(): a file', () => {
  it('that changes is told by its provider', async () => {
    writeFileSync(shop.path('token'), 'older')
    const started = start({ kind: 'file', path: shop.path('token') })
    await started.request(REQUEST)
    writeFileSync(shop.path('token'), 'newer')
    await waitUntil('the change is told', () => changed.length > 0)
    expect(changed).toEqual(['openai'])
    expect(await started.request(REQUEST)).toEqual({ kind: 'output', text: 'newer' })
  })
})
