import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import { DIST } from '../support/bundles.ts'
import { type BundledPackage, loadScript } from './load-script.ts'

const { renderSbom } = await loadScript<{
  renderSbom: (packages: readonly BundledPackage[], about: object) => string
}>('supply-chain/render-sbom.mjs')

interface Component {
  readonly 'bom-ref': string
  readonly group?: string
  readonly name: string
  readonly version?: string
  readonly purl: string
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
  readonly licenses: readonly { readonly license: { readonly id: string } }[]
  readonly properties: readonly { readonly name: string; readonly value: string }[]
}
interface Bill {
  readonly metadata: { readonly component: { readonly components: readonly Component[] } }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

const ROOT = path.join(import.meta.dirname, '..', '..')
const readJson = (file: string): Record<string, unknown> => JSON.parse(readFileSync(file, 'utf8'))

/** The validator of CycloneDX 1.6, from the schema files that its own library ships. */
const validate = createValidator()

function createValidator(): (bill: unknown) => string[] {
  const library = createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library')
  const directory = path.join(
    library.slice(0, library.lastIndexOf('cyclonedx-library')),
    'cyclonedx-library/res/schema',
  )
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  for (const name of ['spdx.SNAPSHOT.schema.json', 'jsf-0.82.SNAPSHOT.schema.json']) {
    // Under the address by which the bill's schema refers to it.
    ajv.addSchema({ ...readJson(path.join(directory, name)), $id: `http://cyclonedx.org/schema/${name}` })
  }
  const check = ajv.compile(readJson(path.join(directory, 'bom-1.6.SNAPSHOT.schema.json')))
  return (bill) => (check(bill) ? [] : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`))
}

const row: BundledPackage = {
  name: '@scope/a',
  version: '1.0.0',
  licence: 'MIT',
  text: '',
  integrity: `sha512-${Buffer.alloc(64, 0xab).toString('base64')}`,
  type: 'library',
  purl: 'pkg:npm/%40scope/a@1.0.0',
  bundles: ['main', 'post'],
  needs: ['pkg:github/x/data'],
}
const carried: BundledPackage = { ...row, name: 'data', purl: 'pkg:github/x/data', type: 'data', needs: [] }
const { version: _version, integrity: _integrity, ...unversioned } = carried
const about = {
  manifest: { name: 'ours', version: '2.0.0', description: 'text', license: 'MIT' },
  files: { 'main/index.js': 'c'.repeat(64) },
  tools: [{ name: '@t/bundler', version: '3.0.0', integrity: row.integrity }],
  direct: ['@scope/a'],
}

describe('renderSbom()', () => {
  const text = renderSbom([row, unversioned], about)
  const bill = JSON.parse(text) as Bill

  it('is valid CycloneDX 1.6, and the validator sees what is not', () => {
    expect(validate(bill)).toEqual([])
    expect(validate({ ...bill, bomFormat: 'other' })).not.toEqual([])
    expect(validate({ ...bill, serialNumber: 'urn:uuid:1' })).not.toEqual([])
    expect(validate({ ...bill, components: [{ name: 'a' }] })).not.toEqual([])
  })

  it('says name, version, licence, hash in hex, bundles and what needs what', () => {
    expect(bill.components[0]).toMatchObject({
      group: '@scope',
      name: 'a',
      version: '1.0.0',
      licenses: [{ license: { id: 'MIT' } }],
      hashes: [{ alg: 'SHA-512', content: 'ab'.repeat(64) }],
      properties: [{ value: 'main' }, { value: 'post' }],
    })
    expect(bill.dependencies).toEqual([
      { ref: 'pkg:npm/ours@2.0.0', dependsOn: [row.purl] },
      { ref: row.purl, dependsOn: [carried.purl] },
      { ref: carried.purl, dependsOn: [] },
    ])
  })

  it('is the same text for the same bundles, and has another serial number for others', () => {
    const serial = (bom: string): unknown => (JSON.parse(bom) as Record<string, unknown>).serialNumber
    expect(renderSbom([row, unversioned], about)).toBe(text)
    const other = renderSbom([row, unversioned], { ...about, files: { 'main/index.js': 'd'.repeat(64) } })
    expect(serial(other)).not.toBe(serial(text))
  })

  it('throws for a hash that is no SHA-512', () => {
    expect(() => renderSbom([{ ...row, integrity: 'sha1-abc' }], about)).toThrow('not a SHA-512')
  })
})

describe('dist/sbom.cdx.json', () => {
  const text = readFileSync(path.join(DIST, 'sbom.cdx.json'), 'utf8')
  const bill = JSON.parse(text) as Bill
  const licences = readFileSync(path.join(DIST, 'THIRD-PARTY-LICENSES.txt'), 'utf8')
  const lock = readJson(path.join(ROOT, 'package-lock.json')).packages as Record<
    string,
    { version: string; integrity: string }
  >
  const fullName = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`)
  const bundles = readdirSync(DIST, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)

  it('is valid CycloneDX 1.6', () => {
    expect(validate(bill)).toEqual([])
  })

  it('has each version and hash from the lock file, and no address to download from', () => {
    const packages = bill.components.filter(({ purl }) => purl.startsWith('pkg:npm/'))
    expect(packages.length).toBeGreaterThan(5)
    for (const component of packages) {
      const entry = lock[`node_modules/${fullName(component)}`]
      const hex = Buffer.from(entry?.integrity.replace('sha512-', '') ?? '', 'base64').toString('hex')
      expect([component.version, component.hashes?.[0]?.content]).toEqual([entry?.version, hex])
    }
    expect(text).not.toMatch(/\.tgz|registry/)
  })

  it('has the hash of every bundle', () => {
    const hash = (name: string): string =>
      createHash('sha256')
        .update(readFileSync(path.join(DIST, name)))
        .digest('hex')
    const files = bill.metadata.component.components
    expect(files.map(({ name }) => name)).toEqual(bundles.sort().map((name) => `dist/${name}/index.js`))
    for (const { name, hashes } of files) expect(hashes?.[0]?.content).toBe(hash(name.replace('dist/', '')))
  })

  it('names every package that stands in a bundle, with its licence text', () => {
    // A second witness beside the bundler's statistics: the names that it leaves in the text of joined modules.
    for (const bundle of bundles) {
      const code = readFileSync(path.join(DIST, bundle, 'index.js'), 'utf8')
      const seen = new Set(
        [...code.matchAll(/CONCATENATED MODULE: \.\/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name),
      )
      const listed = bill.components
        .filter(({ properties }) => properties.some(({ value }) => value === bundle))
        .map(fullName)
      expect([...seen].filter((name) => !listed.includes(name ?? ''))).toEqual([])
    }
    for (const component of bill.components)
      expect(licences).toContain(`\n${fullName(component)}${component.version ? ` ${component.version}` : ','}`)
  })

  it('names the code and data that packages carry inside', () => {
    expect(bill.components.map(({ purl }) => purl)).toEqual(
      expect.arrayContaining(['pkg:github/nodejs/llhttp', 'pkg:github/publicsuffix/list']),
    )
  })
})
