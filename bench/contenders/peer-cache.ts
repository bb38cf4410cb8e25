import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Peers are no dependencies of ours: they live in a cache outside the repository, in exactly these versions. */
const PEERS = { fastify: '5.12.8', '@fastify/http-proxy': '11.6.3', httpxy: '0.5.6', 'http-proxy-3': '1.23.3' } as const

/** Installs what is missing. Throws npm's error when it cannot. */
export function installPeers(cache: string): void {
  if (Object.entries(PEERS).every(([name, version]) => readVersion(cache, name) === version)) return
  mkdirSync(cache, { recursive: true })
  writeFileSync(join(cache, 'package.json'), JSON.stringify({ private: true, dependencies: PEERS }))
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'], {
    cwd: cache,
    stdio: 'inherit',
  })
}

/** Name and version of each peer, as installed. */
export function listPeers(cache: string): readonly string[] {
  return Object.keys(PEERS).map((name) => `${name} ${readVersion(cache, name)}`)
}

function readVersion(cache: string, name: string): string | undefined {
  const file = join(cache, 'node_modules', name, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : undefined
}
