// Checks package-lock.json: every package carries an integrity hash, none a download address (the lock must work with any
// registry or mirror), and no platform package is missing. A lock file written where a mirror lacks some platforms makes
// "npm ci" stop on exactly those platforms, long after the change was merged.
import { readFileSync } from 'node:fs'
import path from 'node:path'

const HASH = /^sha512-[A-Za-z0-9+/]{86}==$/

/** @returns {string[]} one line for each fault of the parsed lock file */
export function findLockFaults(lock) {
  const faults = []
  for (const [place, entry] of Object.entries(lock.packages)) {
    if (place === '') continue
    if (entry.resolved !== undefined) faults.push(`${place}: has a download address; run npm with the project's .npmrc`)
    if (entry.link !== true && !HASH.test(entry.integrity ?? '')) faults.push(`${place}: has no sha512 integrity`)
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      if (!isListed(lock.packages, place, name))
        faults.push(`${place}: platform package ${name} is not in the lock file`)
    }
  }
  return faults
}

// A package may be nested below its parent or hoisted to any level above it.
function isListed(packages, place, name) {
  const parts = place.split('/node_modules/')
  const levels = parts.map(
    (_, depth) => `${parts.slice(0, parts.length - depth).join('/node_modules/')}/node_modules/${name}`,
  )
  return [...levels, `node_modules/${name}`].some((candidate) => candidate in packages)
}

if (import.meta.main) {
  const file = path.join(import.meta.dirname, '..', 'package-lock.json')
  const faults = findLockFaults(JSON.parse(readFileSync(file, 'utf8')))
  for (const fault of faults) console.error(`package-lock.json: ${fault}`)
  if (faults.length > 0) process.exitCode = 1
  else console.log('package-lock.json is complete: hashes everywhere, no addresses, all platform packages')
}
