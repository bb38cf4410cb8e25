import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'

/** The checks of `npm run ok` that nothing else would notice if they stopped finding anything. */
const load = (name: string): Promise<Record<string, never>> =>
  import(pathToFileURL(path.join(import.meta.dirname, '..', '..', 'scripts', name)).href)

const { findLockFaults } = (await load('check-lock.mjs')) as unknown as { findLockFaults: (lock: object) => string[] }
const { compareTrees } = (await load('check-dist.mjs')) as unknown as {
  compareTrees: (committed: string, built: string) => string[]
}

describe('findLockFaults()', () => {
  const integrity = `sha512-${'A'.repeat(86)}==`

  it('is silent for a complete lock, also with nested and hoisted platform packages', () => {
    const packages = {
      '': {},
      'node_modules/tool': { integrity, optionalDependencies: { 'tool-linux': '1', 'tool-mac': '1' } },
      'node_modules/tool-linux': { integrity },
      'node_modules/tool/node_modules/tool-mac': { integrity },
    }
    expect(findLockFaults({ packages })).toEqual([])
  })

  it('names a download address, a missing hash and a missing platform package', () => {
    const packages = {
      'node_modules/a': { integrity, resolved: 'https://example.com/a.tgz' },
      'node_modules/b': {},
      'node_modules/c': { integrity, optionalDependencies: { 'c-win32': '1' } },
    }
    expect(findLockFaults({ packages })).toEqual([
      expect.stringContaining('node_modules/a: has a download address'),
      expect.stringContaining('node_modules/b: has no sha512'),
      expect.stringContaining('platform package c-win32'),
    ])
  })
})

describe('compareTrees()', () => {
  let directory = ''
  const write = (name: string, text: string): void => {
    const file = path.join(directory, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }
  const compare = (): string[] => compareTrees(path.join(directory, 'left'), path.join(directory, 'right'))

  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'agent-proxy-trees-'))
    for (const side of ['left', 'right']) write(`${side}/main/index.js`, 'same')
  })

  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  it('is silent for equal trees', () => {
    expect(compare()).toEqual([])
  })

  it('names a changed byte and files that stand on one side only', () => {
    write('right/main/index.js', 'sAme')
    write('left/old/index.js', 'x')
    write('right/new/index.js', 'x')
    expect(compare()).toEqual([
      expect.stringContaining('main/index.js: differs'),
      expect.stringContaining('new/index.js: produced by the sources, but not committed'),
      expect.stringContaining('old/index.js: committed, but the sources do not produce it'),
    ])
  })
})
