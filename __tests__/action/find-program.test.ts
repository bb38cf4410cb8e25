import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type FoundProgram, findProgram, type ProgramSearch } from '../../src/action/find-program.ts'

const onPosix = process.platform === 'win32' ? describe.skip : describe

let root = ''

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'agent-proxy-programs-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function place(path: string, mode = 0o755): string {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, '#!/bin/sh\n')
  chmodSync(file, mode)
  return file
}

function find(program: string, changes: Partial<ProgramSearch> = {}): FoundProgram {
  const searchPath = [join(root, 'one'), join(root, 'two')].join(delimiter)
  return findProgram(program, {
    platform: 'linux',
    searchPath,
    extensions: '',
    workspace: join(root, 'checkout'),
    ...changes,
  })
}

onPosix('findProgram(): a name', () => {
  it('is the first program of that name on PATH', () => {
    const first = place('one/mint')
    place('two/mint')
    expect(find('mint')).toEqual({ kind: 'found', path: first })
  })

  it('passes over what cannot be run', () => {
    place('one/mint', 0o644)
    const second = place('two/mint')
    expect(find('mint')).toEqual({ kind: 'found', path: second })
    mkdirSync(join(root, 'one', 'other'))
    expect(find('other')).toEqual({ kind: 'problem', found: 'something that is no program file' })
  })

  it('may be a symbolic link, which stays: programs look at the name they are called by', () => {
    place('two/busy')
    mkdirSync(join(root, 'one'))
    symlinkSync(join(root, 'two', 'busy'), join(root, 'one', 'mint'))
    expect(find('mint')).toEqual({ kind: 'found', path: join(root, 'one', 'mint') })
  })

  it.each(['', '.', 'bin', 'node_modules/.bin'])(
    'is not looked for in %j, which depends on the current directory',
    (entry) => {
      place('checkout/mint')
      expect(find('mint', { searchPath: entry })).toEqual({
        kind: 'problem',
        found: 'a program that PATH does not lead to',
      })
    },
  )

  it.each(['..bin', '...'])(
    'is refused in the folder %s of the checkout too, whose name only looks like the way up',
    (folder) => {
      place(`checkout/${folder}/mint`)
      expect(find('mint', { searchPath: join(root, 'checkout', folder) })).toEqual({
        kind: 'problem',
        found: 'a program that PATH leads to in the checkout only',
      })
    },
  )

  it('is refused in the checkout, where a pull request can put one, and found behind it', () => {
    place('checkout/node_modules/.bin/mint')
    const searchPath = [join(root, 'checkout', 'node_modules', '.bin'), join(root, 'two')].join(delimiter)
    expect(find('mint', { searchPath })).toEqual({
      kind: 'problem',
      found: 'a program that PATH leads to in the checkout only',
    })
    const behind = place('two/mint')
    expect(find('mint', { searchPath })).toEqual({ kind: 'found', path: behind })
  })

  it('that is nowhere is a problem, and so is one that may not be executed', () => {
    expect(find('mint')).toEqual({ kind: 'problem', found: 'a program that PATH does not lead to' })
    place('one/mint', 0o644)
    expect(find('mint')).toEqual({ kind: 'problem', found: 'a file that this user may not execute' })
  })
})

onPosix('findProgram(): a path', () => {
  it('is taken as it is when it is absolute, also in the checkout: then the workflow says so', () => {
    const file = place('checkout/mint')
    expect(find(file)).toEqual({ kind: 'found', path: file })
  })

  it.each(['./mint', 'bin/mint', '../mint'])('that is relative is refused: %s', (program) => {
    expect(find(program)).toEqual({ kind: 'problem', found: 'a relative path of a program' })
  })

  it('must lead to a program', () => {
    expect(find(join(root, 'missing'))).toMatchObject({ kind: 'problem', found: 'a path at which there is no program' })
    expect(find(root)).toMatchObject({ kind: 'problem', found: 'something that is no program file' })
    expect(find(place('plain', 0o644))).toMatchObject({ found: 'a file that this user may not execute' })
    expect(find(join(place('file'), 'below'))).toMatchObject({ kind: 'problem' })
  })
})

onPosix('findProgram(): on Windows', () => {
  it('tries the extensions of PATHEXT in their order', () => {
    const file = place('two/mint.EXE')
    expect(find('mint', { platform: 'win32', extensions: '.COM;.EXE' })).toEqual({ kind: 'found', path: file })
  })

  it('refuses batch files, which nothing but a shell can run', () => {
    place('one/az.cmd')
    expect(find('az', { platform: 'win32', extensions: '.exe;.cmd' })).toEqual({
      kind: 'problem',
      found: 'a batch file, which needs a shell',
    })
  })
})
