import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { readFileCommands } from '../e2e/file-commands.ts'

const directory = mkdtempSync(path.join(tmpdir(), 'file-commands-'))
afterAll(() => rmSync(directory, { recursive: true }))

function parse(text: string): Readonly<Record<string, string>> {
  const file = path.join(directory, 'commands')
  writeFileSync(file, text)
  return readFileCommands(file)
}

describe('readFileCommands()', () => {
  test('reads lines and blocks, later ones winning', () => {
    expect(parse('A=1\nB<<EOF_1\ntwo\nlines=2\nEOF_1\nC=\nA=x=y\n')).toEqual({ A: 'x=y', B: 'two\nlines=2', C: '' })
  })

  test.each([
    ['a block that is not closed', 'A<<EOF\nvalue\n'],
    ['a line that is no command', 'just text\n'],
  ])('refuses %s', (_name, text) => {
    expect(() => parse(text)).toThrow()
  })
})
