// Builds dist/ twice, as two strangers would, and says whether both builds are the same byte for byte: another directory, another
// depth, another file mask, time zone, language, home and temporary directory.
//
//   npm run reproduce
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compareTrees } from './check-dist.mjs'

const root = path.join(import.meta.dirname, '..')

/** All that a build reads, besides the locked packages. */
const SOURCES = ['src', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json']

const STRANGERS = [
  { name: 'first', place: 'a', mask: 0o022, env: { TZ: 'UTC', LC_ALL: 'C' } },
  {
    name: 'second',
    place: 'another place/with a longer way/and spaces',
    mask: 0o077,
    env: { TZ: 'Asia/Kathmandu', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8' },
  },
]

/** @returns {string} the directory that this stranger's build filled. Throws Error with the build's own output when it fails. */
export function buildAs({ name, place, mask, env }, work) {
  const checkout = path.join(work, place)
  for (const part of SOURCES) cpSync(path.join(root, part), path.join(checkout, part), { recursive: true })
  symlinkSync(path.join(root, 'node_modules'), path.join(checkout, 'node_modules'), 'junction')
  const own = path.join(work, `${name} temporary`)
  mkdirSync(own)
  const output = path.join(work, `${name} dist`)
  const before = process.umask(mask)
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(checkout, 'scripts/build.mjs'), output], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, HOME: own, TMPDIR: own, TEMP: own, TMP: own, ...env },
  })
  process.umask(before)
  if (status !== 0) throw new Error(`The ${name} build ended with ${status}\n${stdout}${stderr}`)
  return output
}

if (import.meta.main) {
  const work = mkdtempSync(path.join(tmpdir(), 'agent-proxy-reproduce-'))
  try {
    const [first, second] = STRANGERS.map((stranger) => buildAs(stranger, work))
    const differences = compareTrees(first, second)
    for (const line of differences) console.error(`${line.split(':')[0]} is not the same in both builds`)
    if (differences.length > 0) process.exitCode = 1
    else console.log('two builds in different places, languages and time zones are the same, byte for byte')
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
