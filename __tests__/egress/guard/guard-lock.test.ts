import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { GuardFailure } from '../../../src/egress/guard/guard-failure.ts'
import { lockPath, takeLock } from '../../../src/egress/guard/guard-lock.ts'

const suite = process.platform === 'linux' ? describe : describe.skip

suite('takeLock()', () => {
  let base: string
  beforeEach(() => {
    base = mkdtempSync(`${tmpdir()}/lock-`)
  })
  afterEach(() => rmSync(base, { recursive: true, force: true }))

  const readPid = (): unknown => JSON.parse(readFileSync(lockPath(base), 'utf8')).pid

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 1, startTime: '0', boot: 'another' })],
    ['nobody, in a file that a power cut has torn', '{"pid":'],
  ])('takes over from %s, and leaves nothing beside the lock', (_what, content) => {
    writeFileSync(lockPath(base), content)
    takeLock(base)
    expect(readPid()).toBe(process.pid)
    expect(readdirSync(base)).toEqual(['guard.json'])
  })

  it('is refused while the holder lives', () => {
    takeLock(base)
    expect(() => takeLock(base)).toThrow(GuardFailure)
    expect(readdirSync(base)).toEqual(['guard.json'])
  })
})
