// Which packages the bundles really hold, from the bundler's own list of modules, and what is known about each: version and
// hash from the lock file, licence and its text from the package itself.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/**
 * Code and data of somebody else that a package carries inside, with no package of its own. `modules` says where it lies: what
 * is not bundled is not listed. Versions are not known from here.
 */
export const CARRIED = [
  {
    name: 'llhttp',
    carrier: 'node_modules/undici',
    modules: /^node_modules\/undici\/lib\/llhttp\//,
    licence: 'MIT',
    text: 'llhttp.txt',
    purl: 'pkg:github/nodejs/llhttp',
    type: 'library',
  },
  {
    name: 'public-suffix-list',
    carrier: 'node_modules/tldts',
    modules: /^node_modules\/tldts\/dist\/cjs\/src\/data\//,
    licence: 'MPL-2.0',
    text: 'public-suffix-list.txt',
    purl: 'pkg:github/publicsuffix/list',
    type: 'data',
  },
]

const PLACE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/
const LICENCE_FILE = /^licen[cs]e(\.(md|txt))?$/i

/**
 * @param {object} stats what the bundler says of one build (its JSON statistics)
 * @param {string} root directory in which it worked
 * @returns {string[]} files that became part of the bundle, relative to the root, sorted
 */
export function listBundledFiles(stats, root) {
  const files = new Set()
  const visit = (module) => {
    if (module.nameForCondition && !module.orphan) files.add(path.relative(root, module.nameForCondition))
    for (const inner of module.modules ?? []) visit(inner)
  }
  for (const module of stats.modules) visit(module)
  return [...files].map((file) => file.replaceAll('\\', '/')).sort()
}

/** @returns {string | undefined} the package's place in the lock file: `node_modules/a` of `node_modules/a/lib/b.js` */
export const placeOf = (file) => PLACE.exec(file)?.[0]

/**
 * @param {Record<string, string[]>} filesByBundle from listBundledFiles()
 * @param {{ root: string, lock: object }} from project directory with node_modules, and its parsed lock file
 * @returns rows sorted by name: name, version, licence, licence text, integrity, purl, bundles, needs (purls)
 * @throws Error when a bundled package is not in the lock file or has no licence text
 */
export function describePackages(filesByBundle, { root, lock }) {
  const bundlesOf = (test) =>
    Object.keys(filesByBundle)
      .filter((bundle) => filesByBundle[bundle].some(test))
      .sort()
  const places = [...new Set(Object.values(filesByBundle).flat().map(placeOf))].filter(Boolean)
  const packages = places.map((place) => ({
    ...describePackage(place, { root, lock }),
    bundles: bundlesOf((file) => placeOf(file) === place),
  }))
  const carried = CARRIED.map((row) => ({
    ...describeCarried(row),
    bundles: bundlesOf((file) => row.modules.test(file)),
  }))
  return keepListedNeeds([...packages, ...carried.filter(({ bundles }) => bundles.length > 0)].sort(byName))
}

/** A need that is not bundled itself is none of ours: the bundler dropped it. */
function keepListedNeeds(packages) {
  const listed = new Set(packages.map(({ purl }) => purl))
  return packages.map((row) => ({ ...row, needs: row.needs.filter((need) => listed.has(need)) }))
}

/** By code points, so that no machine's language has a say. */
const byName = (left, right) => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0)

function describePackage(place, { root, lock }) {
  const entry = lock.packages[place]
  if (entry === undefined) throw new Error(`${place} is bundled, but package-lock.json does not name it`)
  const manifest = JSON.parse(readFileSync(path.join(root, place, 'package.json'), 'utf8'))
  if (manifest.version !== entry.version) {
    throw new Error(`${place} is ${manifest.version}, but package-lock.json says ${entry.version}: run "npm ci"`)
  }
  const needs = Object.keys(entry.dependencies ?? {}).map((name) => findPlace(name, place, lock))
  const own = CARRIED.filter(({ carrier }) => carrier === place).map(({ purl }) => purl)
  return {
    name: manifest.name,
    version: entry.version,
    licence: entry.license ?? manifest.license,
    text: readLicence(path.join(root, place)),
    integrity: entry.integrity,
    type: 'library',
    purl: packageUrl(manifest.name, entry.version),
    needs: [...needs.map((need) => purlOf(need, lock)), ...own].sort(),
  }
}

function describeCarried({ name, licence, text, purl, type, carrier }) {
  return {
    name,
    licence,
    text: readFileSync(path.join(import.meta.dirname, 'licences', text), 'utf8'),
    type,
    purl,
    carrier: carrier.replace(/^node_modules\//, ''),
    needs: [],
  }
}

/** As Node resolves it: below the package itself, or below any directory above. */
function findPlace(name, from, lock) {
  for (let place = from; place !== ''; place = place.slice(0, Math.max(0, place.lastIndexOf('/node_modules/')))) {
    if (`${place}/node_modules/${name}` in lock.packages) return `${place}/node_modules/${name}`
  }
  return `node_modules/${name}`
}

const purlOf = (place, lock) =>
  packageUrl(place.slice(place.lastIndexOf('node_modules/') + 13), lock.packages[place]?.version)

/** @see the package URL specification: the scope's @ is written as %40 */
export const packageUrl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`

/** @throws Error when the package brings no text: its licence could not be passed on */
export function readLicence(directory) {
  const file = readdirSync(directory)
    .sort()
    .find((name) => LICENCE_FILE.test(name))
  if (file === undefined) throw new Error(`${directory} has no licence file`)
  return readFileSync(path.join(directory, file), 'utf8')
}
