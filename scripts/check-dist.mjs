// Says whether dist/ is what the sources build to, byte for byte and in both directions. Builds into a temporary directory;
// the working tree is only read.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buildBundles } from './build.mjs'

const root = path.join(import.meta.dirname, '..')

/** @returns {string[]} one line for each file that differs or stands on one side only; empty when both trees are the same */
export function compareTrees(committed, built) {
  const left = listFiles(committed)
  const right = listFiles(built)
  const names = [...new Set([...left, ...right])].sort()
  return names.flatMap((name) => {
    if (!right.includes(name)) return [`${name}: committed, but the sources do not produce it`]
    if (!left.includes(name)) return [`${name}: produced by the sources, but not committed`]
    const same = readFileSync(path.join(committed, name)).equals(readFileSync(path.join(built, name)))
    return same ? [] : [`${name}: differs from what the sources produce`]
  })
}

function listFiles(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
}

if (import.meta.main) {
  const work = mkdtempSync(path.join(tmpdir(), 'agent-proxy-dist-'))
  try {
    buildBundles(path.join(work, 'dist'))
    const differences = compareTrees(path.join(root, 'dist'), path.join(work, 'dist'))
    for (const line of differences) console.error(`dist/${line}`)
    if (differences.length > 0) {
      console.error('dist/ is not what the sources build to. Run "npm run build" and commit the result.')
      process.exitCode = 1
    } else console.log('dist/ is byte for byte what the sources build to')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
