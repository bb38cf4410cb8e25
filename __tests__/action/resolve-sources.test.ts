import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { captureCommandVariables } from '../../src/action/command-variables.ts'
import { resolveSources } from '../../src/action/resolve-sources.ts'
import type { CommandSource, CredentialSource } from '../../src/core/credentials/source.ts'
import { type Fault, isActionError } from '../../src/core/fault.ts'
import type { ProviderId } from '../../src/core/providers/provider.ts'
import type { ProviderConfig } from '../../src/core/sidecar-config.ts'
import { createLaunchMessage, upstreamOf } from '../support/sidecar-launch.ts'

const onPosix = process.platform === 'win32' ? describe.skip : describe

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agent-proxy-sources-'))
  mkdirSync(join(root, 'checkout'))
  writeFileSync(join(root, 'mint'), '#!/bin/sh\n', { mode: 0o755 })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function configure(credentials: Partial<Record<ProviderId, CredentialSource>>): readonly ProviderConfig[] {
  const providers = Object.entries(credentials).map(([id, credential]) => ({
    id: id as ProviderId,
    upstream: upstreamOf('https://api.example.com'),
    credential,
  }))
  return createLaunchMessage({ providers }).config.providers
}

const machine = (environment: Readonly<Record<string, string>> = {}) => ({
  platform: 'linux' as const,
  environment: { PATH: root, GITHUB_WORKSPACE: join(root, 'checkout'), ...environment },
})

const command = (changes: Partial<CommandSource> = {}): CommandSource => ({
  kind: 'command',
  argv: ['mint', 'a', 'token'],
  timeoutMs: 30_000,
  environmentNames: [],
  ...changes,
})

function findFaults(
  providers: readonly ProviderConfig[],
  environment?: Readonly<Record<string, string>>,
): readonly Fault[] {
  try {
    resolveSources(providers, machine(environment))
    return []
  } catch (error) {
    if (isActionError(error)) return error.faults
    throw error
  }
}

onPosix('resolveSources()', () => {
  it('binds a program to its absolute path and keeps its arguments', () => {
    const [provider] = resolveSources(configure({ openai: command() }), machine())
    expect(provider?.credential).toEqual(command({ argv: [join(root, 'mint'), 'a', 'token'] }))
  })

  it('binds a file to its absolute path, from the checkout where it is relative', () => {
    writeFileSync(join(root, 'checkout', 'token'), 'token')
    const [provider] = resolveSources(configure({ gemini: { kind: 'file', path: 'token' } }), machine())
    expect(provider?.credential).toEqual({ kind: 'file', path: join(root, 'checkout', 'token') })
  })

  it('leaves every other source alone', () => {
    const providers = configure({ openai: { kind: 'static' }, byok: { kind: 'none' } })
    expect(resolveSources(providers, machine())).toEqual(providers)
  })

  it('reports all that is wrong at once, each with the input it belongs to', () => {
    const providers = configure({
      openai: command({ argv: ['absent'] }),
      copilot: command({ argv: ['./mint'] }),
      byok: { kind: 'file', path: '/nowhere/token' },
    })
    expect(findFaults(providers).map(({ code, input }) => [code, input])).toEqual([
      ['input-invalid', 'openai-api-key-command'],
      ['input-invalid', 'copilot-github-token-command'],
      ['input-invalid', 'provider-api-key-file'],
    ])
  })

  it.each([
    ['a directory', () => mkdirSync(join(root, 'token')), 'a directory'],
    ['a FIFO', () => execFileSync('mkfifo', [join(root, 'token')]), 'something that is no regular file'],
    ['nothing', () => undefined, 'a path at which there is no file'],
  ])('refuses %s as a file', (_name, prepare, found) => {
    prepare()
    const [fault] = findFaults(configure({ openai: { kind: 'file', path: join(root, 'token') } }))
    expect(fault?.message).toContain(`found ${found};`)
  })

  it('refuses a path with an asterisk, which would give the right to read more than one file', () => {
    writeFileSync(join(root, 'to*ken'), 'token')
    const [fault] = findFaults(configure({ openai: { kind: 'file', path: join(root, 'to*ken') } }))
    expect(fault?.message).toContain('found a path with an asterisk;')
  })

  it('reports variables that are not set once, not for every command', () => {
    const both = command({ environmentNames: ['ABSENT', 'PRESENT'] })
    const faults = findFaults(configure({ openai: both, gemini: both }), { PRESENT: 'yes' })
    expect(faults.map(({ input }) => input)).toEqual(['command-environment'])
    expect(faults[0]?.message).toContain('found ABSENT, which is not set for this step;')
  })

  it('says which right is missing when the variables of identity tokens are not set', () => {
    const source = command({ environmentNames: ['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] })
    expect(findFaults(configure({ openai: source }))[0]?.fix).toContain('id-token: write')
  })
})

describe('captureCommandVariables()', () => {
  const environment = {
    PATH: '/bin',
    HOME: '/home/runner',
    LISTED: 'listed',
    OTHER: 'other',
    NODE_OPTIONS: '--require /tmp/evil.js',
    LD_PRELOAD: '/tmp/evil.so',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'token',
    INPUT_OPENAI_API_KEY: 'key',
  }
  const capture = (credential: CredentialSource): Record<string, string> =>
    Object.fromEntries(
      [...captureCommandVariables(configure({ openai: credential }), { environment, platform: 'linux' })].map(
        ([name, secret]) => [name, secret.reveal()],
      ),
    )

  it('takes the fixed list and what the user named, and leaves unset what is unset', () => {
    expect(capture(command({ environmentNames: ['LISTED', 'ABSENT'] }))).toEqual({
      'command-env.PATH': '/bin',
      'command-env.HOME': '/home/runner',
      'command-env.LISTED': 'listed',
    })
  })

  it('takes nothing where there is no command', () => {
    expect(capture({ kind: 'file', path: '/token' })).toEqual({})
  })
})
