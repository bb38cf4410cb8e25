import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type BundledPackage, loadScript } from './load-script.ts'

interface Module {
  readonly nameForCondition?: string | null
  readonly orphan?: boolean
  readonly modules?: readonly Module[]
}
type Lock = { readonly packages: Readonly<Record<string, object>> }

const { describePackages, listBundledFiles } = await loadScript<{
  describePackages: (files: Record<string, string[]>, from: { root: string; lock: Lock }) => BundledPackage[]
  listBundledFiles: (stats: { modules: readonly Module[] }, root: string) => string[]
}>('supply-chain/bundled-packages.mjs')
const { findLicenceFaults, renderLicences } = await loadScript<{
  findLicenceFaults: (packages: readonly object[]) => string[]
  renderLicences: (packages: readonly BundledPackage[], bundler: object) => string
}>('supply-chain/licences.mjs')

describe('listBundledFiles()', () => {
  it('lists the files of joined modules too, once, and leaves out what was dropped and what is no file', () => {
    const file = (name: string, rest: Partial<Module> = {}): Module => ({ nameForCondition: `/w/${name}`, ...rest })
    const modules = [
      { nameForCondition: null },
      file('lib/entry/main.js', { modules: [file('lib/entry/main.js'), file('node_modules/@a/b/x.js')] }),
      file('node_modules/dropped/index.js', { orphan: true }),
    ]
    expect(listBundledFiles({ modules }, '/w')).toEqual(['lib/entry/main.js', 'node_modules/@a/b/x.js'])
  })
})

describe('describePackages()', () => {
  let root = ''
  const integrity = `sha512-${'A'.repeat(86)}==`
  const lock = {
    packages: {
      'node_modules/a': { version: '1.0.0', license: 'MIT', integrity, dependencies: { b: '2', unused: '1' } },
      'node_modules/b': { version: '1.0.0', license: 'MIT', integrity },
      'node_modules/a/node_modules/b': { version: '2.0.0', license: 'ISC', integrity },
      'node_modules/unused': { version: '1.0.0', license: 'MIT', integrity },
      'node_modules/undici': { version: '8.0.0', license: 'MIT', integrity },
    },
  }
  const install = (place: string, version: string, licence = 'LICENSE'): void => {
    const directory = path.join(root, place)
    mkdirSync(directory, { recursive: true })
    const name = place.slice(place.lastIndexOf('node_modules/') + 13)
    writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name, version }))
    writeFileSync(path.join(directory, licence), `terms of ${name} ${version}`)
  }

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'agent-proxy-packages-'))
    install('node_modules/a', '1.0.0')
    install('node_modules/a/node_modules/b', '2.0.0', 'licence.md')
    install('node_modules/undici', '8.0.0')
  })

  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('names exactly what is bundled, the nested version, where it is, and what needs what', () => {
    const files = {
      main: ['lib/x.js', 'node_modules/a/i.js', 'node_modules/a/node_modules/b/i.js'],
      post: ['node_modules/a/i.js'],
    }
    expect(describePackages(files, { root, lock })).toEqual([
      expect.objectContaining({ name: 'a', bundles: ['main', 'post'], needs: ['pkg:npm/b@2.0.0'], integrity }),
      expect.objectContaining({
        name: 'b',
        version: '2.0.0',
        licence: 'ISC',
        text: 'terms of b 2.0.0',
        bundles: ['main'],
      }),
    ])
  })

  it('names what a package carries inside only where that part is bundled', () => {
    const name = (files: string[]): string[] => describePackages({ main: files }, { root, lock }).map((row) => row.name)
    expect(name(['node_modules/undici/lib/core/request.js'])).toEqual(['undici'])
    expect(name(['node_modules/undici/lib/llhttp/llhttp-wasm.js'])).toEqual(['llhttp', 'undici'])
  })

  it('throws for a package that the lock file does not name, or names in another version, or that brings no licence', () => {
    const describeAll = (file: string): unknown => describePackages({ main: [file] }, { root, lock })
    install('node_modules/smuggled', '1.0.0')
    install('node_modules/b', '1.0.1')
    install('node_modules/unused', '1.0.0', 'README.md')
    expect(() => describeAll('node_modules/smuggled/i.js')).toThrow('package-lock.json does not name it')
    expect(() => describeAll('node_modules/b/i.js')).toThrow('run "npm ci"')
    expect(() => describeAll('node_modules/unused/i.js')).toThrow('has no licence file')
  })
})

describe('findLicenceFaults()', () => {
  it.each([
    ['MIT', 'a', 0],
    ['MPL-2.0', 'public-suffix-list', 0],
    ['MPL-2.0', 'a', 1],
    ['GPL-3.0-only', 'a', 1],
    ['SEE LICENSE IN terms.txt', 'a', 1],
    [undefined, 'a', 1],
  ])('the licence %s of %s gives %i faults', (licence, name, count) => {
    expect(findLicenceFaults([{ name, licence }])).toHaveLength(count)
  })
})

describe('renderLicences()', () => {
  it('has each text whole, under the name, version, licence and bundles of its package', () => {
    const row = { name: 'a', version: '1.0.0', licence: 'MIT', type: 'library', purl: 'p', needs: [] }
    const bundler = { name: 'bundler', version: '2.0.0', licence: 'MIT', text: 'its terms' }
    const text = renderLicences([{ ...row, text: 'one\r\ntwo  \n', bundles: ['main', 'post'] }], bundler)
    expect(text).toContain('a 1.0.0  (MIT; in main, post)')
    expect(text).toContain('\n\none\ntwo\n')
    expect(text).toContain('bundler 2.0.0')
    expect(text).toMatch(/its terms\n$/)
  })
})
