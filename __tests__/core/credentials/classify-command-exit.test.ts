import { describe, expect, test } from '@jest/globals'
import { COMMAND_CAUSES } from '../../../src/core/credentials/causes/command-causes.ts'
import { type CommandExit, classifyCommandExit } from '../../../src/core/credentials/classify-command-exit.ts'
import type { SourceFailure } from '../../../src/core/credentials/source.ts'

const INPUT = 'provider-api-key-command'

function classify(exit: CommandExit, stderr = ''): SourceFailure {
  const failure = classifyCommandExit(exit, INPUT, stderr)
  if (failure === undefined) throw new Error('no failure')
  return failure
}

const CASES: readonly (readonly [exit: CommandExit, cause: string, isPermanent: boolean, how: string])[] = [
  [{ kind: 'exited', code: 1 }, 'command-failed', false, 'exit code 1'],
  [{ kind: 'exited', code: -1 }, 'command-failed', false, 'exit code -1'],
  [{ kind: 'exited', code: 126 }, 'command-not-executable', true, 'exit code 126'],
  [{ kind: 'exited', code: 127 }, 'command-not-found', true, 'exit code 127'],
  [{ kind: 'exited', code: 9009 }, 'command-not-found', true, 'exit code 9009'],
  [{ kind: 'killed', signal: 'SIGKILL' }, 'command-killed', false, 'SIGKILL'],
  [{ kind: 'killed', signal: 'x\ny' }, 'command-killed', false, 'a signal'],
  [{ kind: 'timed-out', timeoutMs: 30_000 }, 'command-timeout', false, '30 seconds'],
  [{ kind: 'flooded', limitBytes: 1024 * 1024 }, 'command-output-too-large', false, '1024 KiB'],
  [{ kind: 'not-utf8' }, 'command-output-not-utf8', false, 'UTF-8'],
  [{ kind: 'not-started', code: 'ENOENT' }, 'command-not-found', true, 'ENOENT'],
  [{ kind: 'not-started', code: 'EACCES' }, 'command-not-executable', true, 'EACCES'],
  [{ kind: 'not-started', code: 'EAGAIN' }, 'command-not-started', false, 'EAGAIN'],
  [{ kind: 'not-started', code: 'toString' }, 'command-not-started', false, 'no code'],
]

describe('classifyCommandExit', () => {
  test.each(CASES)('%j is %s', (exit, cause, isPermanent, how) => {
    const failure = classify(exit)
    expect(failure).toMatchObject({ kind: 'failure', cause, isPermanent })
    expect(failure.message).toMatch(/^The command of provider-api-key-command [^\n\r{}]+\.$/)
    expect(failure.message).toContain(how)
    expect(failure.fix).toMatch(/^[^\n\r{}]{20,}\.$/)
  })

  test('has a case for every row of its table', () => {
    const covered = new Set(CASES.map(([, cause]) => cause))
    expect(Object.values(COMMAND_CAUSES).filter(({ code }) => !covered.has(code))).toEqual([])
  })

  test('lets exit code 0 be', () => {
    expect(classifyCommandExit({ kind: 'exited', code: 0 }, INPUT, 'warning: x')).toBeUndefined()
  })
})

describe('classifyCommandExit quotes of standard error', () => {
  const quote = (stderr: string): string => classify({ kind: 'exited', code: 1 }, stderr).message

  test.each([
    ['the last line', 'debug\nERROR: please run az login\n\n', 'ERROR: please run az login'],
    ['a line that ends in a carriage return', 'a\r\nb\r\n', 'b'],
    ['what a progress bar left', '10%\r50%\rfailed', 'failed'],
    ['a coloured line', '\u001b[31mboom\u001b[0m\u001b[K\n', 'boom'],
    ['a line behind a window title', '\u001b]0;title\u0007boom', 'boom'],
    ['a line with control characters', 'a\u0000b\u202ec', 'a b c'],
  ])('%s', (_name, stderr, expected) => {
    expect(quote(stderr)).toBe(
      `The command of provider-api-key-command failed with exit code 1; its last line on standard error: “${expected}”.`,
    )
  })

  test.each(['', '\n \n', '\u001b[0m\n', '\u0000'])('nothing where there is nothing: %j', (stderr) => {
    expect(quote(stderr)).toBe('The command of provider-api-key-command failed with exit code 1.')
  })

  test('no more than 200 characters', () => {
    const said = /“(.*)”/.exec(quote('word '.repeat(3000)))?.[1] ?? ''
    expect(said.length).toBeGreaterThan(100)
    expect(said.length).toBeLessThanOrEqual(200)
  })

  test.each([
    'token=ghs_abcdefghijklmnopqrstuvwxyz0123456789',
    'Authorization: Bearer abc123def456',
    'using eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.sig',
    'key sk-proj-abcdefghijklmnop',
    'secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY0',
  ])('no secret that nobody told us: %s', (line) => {
    expect(quote(line)).not.toMatch(/ghs_a|abc123|eyJ|sk-proj|wJalr/)
  })
})
