// Builds the bundles into a directory (default: dist).
//
//   node scripts/build.mjs [output directory]
//
// Two builds of one commit are byte for byte the same, wherever they run: the bundler derives module ids from paths, so it
// works in a fresh directory of its own that holds only the compiled sources and the locked runtime packages. Nothing is
// taken from, or left in, the working tree.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { listBundledFiles } from './supply-chain/bundled-packages.mjs'
import { describeBundles } from './supply-chain/describe-bundles.mjs'

const root = path.join(import.meta.dirname, '..')
const TSC = path.join(root, 'node_modules/typescript/bin/tsc')
const NCC = 'node_modules/@vercel/ncc'

export const BUNDLES = [
  ...['main', 'post', 'cli'],
  ...['sidecar', 'worker', 'credential-process'],
  ...['guard', 'relay', 'relay-keeper', 'agent-exec', 'bridge'],
]

/**
 * Compiles src/ and bundles each entry into `<output>/<name>/` (index.js, package.json), with the licences of what is bundled and
 * a bill of materials beside them.
 * @param {string} output absolute directory; what it held before is removed, because the bundler does not do that
 * @throws Error with the tool's own output when the compiler or the bundler fails, or when a bundled licence is not permitted
 */
export function buildBundles(output) {
  const work = mkdtempSync(path.join(tmpdir(), 'agent-proxy-build-'))
  try {
    runTool(TSC, ['-p', 'tsconfig.json', '--outDir', path.join(work, 'lib')], root)
    copyRuntimePackages(work)
    const files = Object.fromEntries(BUNDLES.map((name) => [name, bundle(work, name)]))
    describeBundles(path.join(work, 'dist'), files, root)
    rmSync(output, { recursive: true, force: true })
    cpSync(path.join(work, 'dist'), output, { recursive: true })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

// Only what the lock file names as needed at run time, so a bundle can never pick up a development package.
function copyRuntimePackages(work) {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (place === '' || entry.dev || entry.optional || entry.devOptional) continue
    cpSync(path.join(root, place), path.join(work, place), { recursive: true })
  }
  cpSync(path.join(root, 'package.json'), path.join(work, 'package.json'))
  // Module ids contain the path of the bundler's own loaders: it has to lie at the same place for every checkout.
  cpSync(path.join(root, NCC), path.join(work, NCC), { recursive: true })
}

/** @returns {string[]} the files that went into the bundle */
function bundle(work, name) {
  const entry = path.join('lib', 'entry', `${name}.js`)
  if (!existsSync(path.join(work, entry))) throw new Error(`Cannot bundle ${name}: src/entry/${name}.ts does not exist`)
  mkdirSync(path.join(work, 'dist', name), { recursive: true })
  const stats = path.join(work, `${name}.stats.json`)
  const options = ['-o', path.join('dist', name), '--stats-out', stats, '--no-cache', '-q']
  runTool(path.join(work, NCC, 'dist/ncc/cli.js'), ['build', entry, ...options], work)
  return listBundledFiles(JSON.parse(readFileSync(stats, 'utf8')), realpathSync(work))
}

function runTool(tool, args, cwd) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [tool, ...args], { cwd, encoding: 'utf8' })
  if (status === 0) return
  throw new Error(`${path.relative(root, tool)} ${args.join(' ')} ended with ${status}\n${stdout}${stderr}`)
}

if (import.meta.main) {
  const output = path.resolve(process.argv[2] ?? path.join(root, 'dist'))
  const start = performance.now()
  buildBundles(output)
  console.log(`${BUNDLES.join(', ')} built into ${output} in ${((performance.now() - start) / 1000).toFixed(1)} s`)
}
