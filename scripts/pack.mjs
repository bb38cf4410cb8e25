// Packs what users of the terminal get: the bundles, the schema, action.yml and the first pages.
//
//   node scripts/pack.mjs [output directory] [directory of the bundles]     (default: . and dist)
//
// The package is put together in a directory of its own, because package.json here names what is needed to build: the bundles hold
// their dependencies already, and whoever runs `npx setup-agent-proxy` shall not download them, nor a node, once more.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const PAGES = ['action.yml', 'schema', 'README.md', 'LICENSE']
const MEMBERS = ['name', 'version', 'description', 'license', 'type', 'engines', 'bin', 'files']

/**
 * @param {string} output absolute directory for the tarball
 * @param {string} bundles absolute directory of the bundles
 * @returns {string} absolute path of the tarball
 * @throws Error with npm's own words when it fails
 */
export function pack(output, bundles) {
  const work = mkdtempSync(path.join(tmpdir(), 'agent-proxy-pack-'))
  try {
    for (const name of PAGES) cpSync(path.join(root, name), path.join(work, name), { recursive: true })
    cpSync(bundles, path.join(work, 'dist'), { recursive: true })
    const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const own = Object.fromEntries(MEMBERS.map((member) => [member, manifest[member]]))
    writeFileSync(path.join(work, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
    const { status, stdout, stderr } = spawnSync('npm', ['pack', '--json', '--pack-destination', output], {
      cwd: work,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    })
    if (status !== 0) throw new Error(`npm pack ended with ${status}\n${stderr}`)
    return path.join(output, JSON.parse(stdout)[0].filename)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  const [, , output = '.', bundles = path.join(root, 'dist')] = process.argv
  console.log(pack(path.resolve(output), path.resolve(bundles)))
}
