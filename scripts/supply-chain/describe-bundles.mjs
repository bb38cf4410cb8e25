// Writes beside the bundles what they are made of: THIRD-PARTY-LICENSES.txt and sbom.cdx.json.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describePackages, readLicence } from './bundled-packages.mjs'
import { findLicenceFaults, renderLicences } from './licences.mjs'
import { renderSbom } from './render-sbom.mjs'

export const LICENCES_FILE = 'THIRD-PARTY-LICENSES.txt'
export const SBOM_FILE = 'sbom.cdx.json'
const BUNDLER = '@vercel/ncc'
const TOOLS = [BUNDLER, 'typescript']

/**
 * @param {string} output directory with `<bundle>/index.js`
 * @param {Record<string, string[]>} filesByBundle from listBundledFiles()
 * @param {string} root project directory
 * @throws Error that names every bundled package whose licence is not permitted
 */
export function describeBundles(output, filesByBundle, root) {
  const readJson = (file) => JSON.parse(readFileSync(path.join(root, file), 'utf8'))
  const lock = readJson('package-lock.json')
  const manifest = readJson('package.json')
  const packages = describePackages(filesByBundle, { root, lock })
  const faults = findLicenceFaults(packages)
  if (faults.length > 0) throw new Error(`Cannot ship these bundles:\n${faults.join('\n')}`)

  const tools = TOOLS.map((name) => ({ name, ...lock.packages[`node_modules/${name}`] }))
  const [bundler] = tools
  const text = readLicence(path.join(root, 'node_modules', BUNDLER))
  writeFileSync(
    path.join(output, LICENCES_FILE),
    renderLicences(packages, { ...bundler, licence: bundler.license, text }),
  )

  const bundles = Object.keys(filesByBundle)
    .sort()
    .map((name) => `${name}/index.js`)
  const files = Object.fromEntries(bundles.map((name) => [name, hashFile(path.join(output, name))]))
  const about = { manifest, files, tools, direct: Object.keys(manifest.dependencies) }
  writeFileSync(path.join(output, SBOM_FILE), renderSbom(packages, about))
}

const hashFile = (file) => createHash('sha256').update(readFileSync(file)).digest('hex')
