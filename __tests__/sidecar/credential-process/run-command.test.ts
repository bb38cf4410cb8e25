import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type CommandRun, runCommand } from '../../../src/sidecar/credential-process/run-command.ts'
import type { SourceResult } from '../../../src/sidecar/ipc.ts'
import { Workshop } from '../../support/credential-programs.ts'
import { findProcesses } from '../../support/find-processes.ts'
import { waitUntil } from '../../support/wait-until.ts'

/**
 * Real programs, because what a kernel does with groups, pipes and signals is the point. A limit that has to pass is short; one
 * that must not is long.
 */
const LONG_MS = 60_000
const SHORT_MS = 400

const onPosix = process.platform === 'win32' ? it.skip : it
const shop = { current: new Workshop() }
const groups = { started: [] as number[], ended: [] as number[] }

beforeEach(() => {
  shop.current = new Workshop()
  groups.started = []
  groups.ended = []
})

afterEach(async () => {
  await shop.current.waitUntilAlone()
  expect(groups.ended).toEqual(groups.started)
  await shop.current[Symbol.asyncDispose]()
})

function run(argv: readonly string[], changes: Partial<CommandRun> = {}): Promise<SourceResult> {
  return runCommand({
    argv,
    environment: {},
    workDirectory: shop.current.directory,
    timeoutMs: LONG_MS,
    ended: new AbortController().signal,
    onGroupStarted: (group) => groups.started.push(group),
    onGroupEnded: (group) => groups.ended.push(group),
    ...changes,
  })
}

const program = (body: string): readonly string[] => shop.current.program(body)
/** A program that is its own child too: `parent` runs first, with `start(stdio)` to start the child. */
const family = (parent: string, child: string): readonly string[] =>
  program(`import { spawn } from 'node:child_process'
    import { existsSync, writeFileSync } from 'node:fs'
    const start = (stdio) => spawn(process.execPath, [process.argv[1], 'child'], { stdio }).unref()
    if (process.argv[2] === 'child') { ${child} } else { ${parent} }`)
const FOREVER = 'setInterval(() => {}, 1000)'

describe('runCommand(): an output', () => {
  it.each([
    ['is handed on as it is, with its line breaks', `process.stdout.write('one\\ntwo\\n')`, 'one\ntwo\n'],
    ['may be empty', '', ''],
    ['may hold NUL: what a value may hold is not decided here', `process.stdout.write('a\\0b')`, 'a\0b'],
    ['loses its byte order mark', `process.stdout.write(Buffer.from('efbbbf61', 'hex'))`, 'a'],
    ['may have a mebibyte', `process.stdout.write('x'.repeat(1024 * 1024))`, 'x'.repeat(1024 * 1024)],
  ])('%s', async (_name, body, text) => {
    expect(await run(program(body))).toEqual({ kind: 'output', text })
  })

  it('that is not UTF-8 is refused', async () => {
    expect(await run(program(`process.stdout.write(Buffer.from('61ff62', 'hex'))`))).toEqual({ kind: 'not-utf8' })
  })

  it('without end is refused, and its writer killed', async () => {
    const body = `const more = () => process.stdout.write('x'.repeat(65536), more); more()`
    expect(await run(program(body))).toEqual({ kind: 'too-much-output' })
  })

  it('says nothing of what was written on standard error', async () => {
    const body = `console.error('sk-secret-on-stderr-0123456789'); console.log('token')`
    expect(await run(program(body))).toEqual({ kind: 'output', text: 'token\n' })
  })
})

describe('runCommand(): a failing command', () => {
  it.each([1, 126, 127])('gives exit code %s and what it wrote on standard error, but not its output', async (code) => {
    const body = `console.log('half a token'); console.error('why'); process.exitCode = ${code}`
    expect(await run(program(body))).toEqual({ kind: 'exit', code, signal: null, stderr: 'why\n' })
  })

  it('has the end of its standard error kept, from the beginning of a line', async () => {
    const body = `process.stderr.write('first ' + 'x'.repeat(20000) + '\\nlast\\n'); process.exitCode = 1`
    expect(await run(program(body))).toEqual({ kind: 'exit', code: 1, signal: null, stderr: 'last\n' })
  })

  onPosix('gives the signal that ended it', async () => {
    const body = `process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)`
    expect(await run(program(body))).toEqual({ kind: 'exit', code: null, signal: 'SIGTERM', stderr: '' })
  })

  it('that does not exist was not started', async () => {
    expect(await run([shop.current.path('missing')])).toEqual({ kind: 'not-started', code: 'ENOENT' })
  })

  onPosix('that may not be executed was not started', async () => {
    const path = shop.current.path('plain-text')
    writeFileSync(path, 'echo token', { mode: 0o600 })
    expect(await run([path])).toEqual({ kind: 'not-started', code: 'EACCES' })
  })

  it('with a NUL in an argument was not started', async () => {
    expect(await run([process.execPath, 'a\0b'])).toEqual({ kind: 'not-started', code: 'ERR_INVALID_ARG_VALUE' })
  })
})

describe('runCommand(): what a command is given', () => {
  it('has an empty standard input, so that a question for a password ends at once', async () => {
    const body = `import { text } from 'node:stream/consumers'; console.log(JSON.stringify(await text(process.stdin)))`
    expect(await run(program(body))).toEqual({ kind: 'output', text: '""\n' })
  })

  it('has the environment it is given and no other variable', async () => {
    const [node = '', path = ''] = program('console.log(Object.keys(process.env).sort().join())')
    const result = await run([node, path], { environment: { ONLY: 'this' } })
    expect(result).toEqual({ kind: 'output', text: 'ONLY\n' })
  })

  it('runs in the directory it is given', async () => {
    const result = await run(program(`import { statSync } from 'node:fs'; console.log(statSync('.').ino)`))
    expect(result).toEqual({
      kind: 'output',
      text: `${statSync(shop.current.directory).ino}\n`,
    })
  })

  it('gets its arguments as they are: no shell reads them', async () => {
    const [node = '', path = ''] = program('console.log(JSON.stringify(process.argv.slice(2)))')
    const odd = ['$HOME', '; exit 3', '`id`', '"', 'a b', '*', '']
    expect(await run([node, path, ...odd])).toEqual({ kind: 'output', text: `${JSON.stringify(odd)}\n` })
  })
})

describe('runCommand(): the time limit', () => {
  it('ends a command that hangs, and tells what it had written on standard error', async () => {
    const body = `console.error('waiting for a login'); setInterval(() => {}, 1000)`
    const result = await run(program(body), { timeoutMs: 4000 })
    expect(result).toEqual({ kind: 'timeout', timeoutMs: 4000, stderr: 'waiting for a login\n' })
  })

  onPosix('kills a command that does not obey SIGTERM', async () => {
    const body = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
    expect(await run(program(body), { timeoutMs: SHORT_MS })).toMatchObject({ kind: 'timeout' })
  })

  onPosix('ends the wait for a child that holds the output of a command open which itself has gone', async () => {
    const argv = family(`start('inherit'); console.log('token')`, FOREVER)
    expect(await run(argv, { timeoutMs: 2000 })).toMatchObject({ kind: 'timeout' })
  })

  onPosix('ends a command with all its children, however deep', async () => {
    const body = `const depth = Number(process.argv[2] ?? 3)
      process.on('SIGTERM', () => {})
      const { spawn } = await import('node:child_process')
      if (depth > 0) spawn(process.execPath, [process.argv[1], String(depth - 1)], { stdio: 'ignore' })
      setInterval(() => {}, 1000)`
    expect(await run(program(body), { timeoutMs: 4000 })).toMatchObject({ kind: 'timeout' })
  })
})

describe('runCommand(): what a command leaves behind', () => {
  onPosix('does not outlive it, even if it holds nothing open', async () => {
    const note = JSON.stringify(shop.current.path('child-is-up'))
    const parent = `start('ignore')
      const timer = setInterval(() => {
        if (!existsSync(${note})) return
        clearInterval(timer)
        console.log('token')
      }, 5)`
    const argv = family(parent, `writeFileSync(${note}, ''); ${FOREVER}`)
    expect(await run(argv)).toEqual({ kind: 'output', text: 'token\n' })
    expect(existsSync(shop.current.path('child-is-up'))).toBe(true)
  })

  onPosix('is killed at once when the process that runs it ends', async () => {
    const ended = new AbortController()
    const body = `import { writeFileSync } from 'node:fs'
      process.on('SIGTERM', () => {})
      writeFileSync(${JSON.stringify(shop.current.path('up'))}, String(process.pid)); setInterval(() => {}, 1000)`
    const result = run(program(body), { ended: ended.signal })
    await waitUntil(
      'the command is up',
      () => existsSync(shop.current.path('up')) && findProcesses(shop.current.mark).length > 0,
    )
    ended.abort()
    expect(await result).toEqual({ kind: 'exit', code: null, signal: 'SIGKILL', stderr: '' })
    const pid = Number(await waitUntil('its pid is written', () => readFileSync(shop.current.path('up'), 'utf8')))
    expect(groups.started).toEqual([pid])
  })
})
