import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'

/** Exact versions: what these clients do on the wire was measured with them. */
export const CLIENTS = {
  '@github/copilot': '1.0.102',
  '@openai/codex': '0.169.0',
  '@anthropic-ai/claude-code': '2.1.330',
  '@google/gemini-cli': '0.61.0',
  openai: '7.57.0',
  '@anthropic-ai/sdk': '1.12.0',
} as const

export type CliCache =
  | { readonly kind: 'ready'; readonly directory: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** Installs the clients once into `${XDG_CACHE_HOME:-~/.cache}/setup-agent-proxy-e2e`, about 1.1 GB; later runs reuse them. */
export function installClis(environment: NodeJS.ProcessEnv): CliCache {
  const root = environment.XDG_CACHE_HOME ?? path.join(homedir(), '.cache')
  const directory = path.join(root, 'setup-agent-proxy-e2e')
  const manifest = `${JSON.stringify({ name: 'e2e-clients', private: true, dependencies: CLIENTS }, null, 2)}\n`
  const done = path.join(directory, 'installed.json')
  if (existsSync(done) && readFileSync(done, 'utf8') === manifest) return { kind: 'ready', directory }
  console.log(`installing the clients into ${directory} (once, about 1.1 GB) …`)
  mkdirSync(directory, { recursive: true })
  writeFileSync(path.join(directory, 'package.json'), manifest)
  const npm = ['install', '--ignore-scripts', '--include=optional', '--no-audit', '--no-fund', '--no-package-lock']
  const installed = spawnSync('npm', npm, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] })
  if (installed.status !== 0) return { kind: 'unavailable', reason: 'npm could not install the clients (no network?)' }
  // Claude Code's package is a placeholder until its own install script has put the platform's binary in its place.
  const script = path.join(directory, 'node_modules', '@anthropic-ai', 'claude-code', 'install.cjs')
  const placed = spawnSync(process.execPath, [script], {
    cwd: path.dirname(script),
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (placed.status !== 0) return { kind: 'unavailable', reason: 'the install script of Claude Code failed' }
  writeFileSync(done, manifest)
  return { kind: 'ready', directory }
}
