// The only command on a fresh clone: nothing needs to be installed first. The action runs on Node 24; where this machine's Node
// is older, a Node 24 is taken from node_modules or fetched once from npm into the user's cache. Plain JavaScript without
// imports of ours, so that every Node from 18 on can read it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '24.21.0'
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..')
const package24 = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const binary = process.platform === 'win32' ? 'node.exe' : 'bin/node'

/** A Node that can run the action: this one, the one of node_modules, the cached one, or one that is fetched now. */
function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath
  const cache = path.join(cacheDirectory(), 'setup-agent-proxy', `node-${VERSION}`)
  const candidates = [root, cache].map((base) => path.join(base, 'node_modules', package24, binary))
  const present = candidates.find((candidate) => existsSync(candidate))
  return present ?? fetchNode(cache)
}

function cacheDirectory() {
  if (process.env.XDG_CACHE_HOME) return process.env.XDG_CACHE_HOME
  if (process.platform === 'win32' && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA
  return path.join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}

function fetchNode(cache) {
  console.log(`This is Node ${process.versions.node}; the action runs on 24. Fetching ${package24}@${VERSION} once …`)
  mkdirSync(cache, { recursive: true })
  const args = ['install', '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error']
  const options = { stdio: 'inherit', cwd: cache, shell: process.platform === 'win32' }
  const { status } = spawnSync('npm', [...args, '--prefix', cache, `${package24}@${VERSION}`], options)
  const fetched = path.join(cache, 'node_modules', package24, binary)
  if (status === 0 && existsSync(fetched)) return fetched
  console.error(
    `Cannot run the demo: ${package24}@${VERSION} could not be fetched from npm. Install Node 24 and try again.`,
  )
  process.exit(1)
}

const node = realpathSync(findNode())
const story = path.join(root, 'scripts', 'demo', 'run-demo.ts')
// Node reads the types away by itself; the flag only silences the notice that older 24s print about it.
const { status, signal, error } = spawnSync(node, ['--disable-warning=ExperimentalWarning', story], {
  stdio: 'inherit',
})
if (error) console.error(`Cannot run the demo: ${error.message}`)
process.exit(signal || error ? 1 : (status ?? 1))
