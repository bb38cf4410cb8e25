import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { installClis } from './install-clis.ts'
import { decideIsolation, type Isolation } from './isolation.ts'

/**
 * `npm run e2e [-- name …]`: the real CLIs, unmodified from npm, through the built action, in a namespace that has loopback
 * only. Outer half: checks the platform, installs the CLIs into a cache outside the repository, enters the namespaces and
 * runs inside.ts there. With arguments, only scenarios whose name contains one of them.
 */
const ROOT = path.join(import.meta.dirname, '..', '..')

function main(): number {
  const isolation = decideIsolation(process)
  if (isolation.kind === 'impossible') return skip(isolation.reason)
  if (!existsSync(path.join(ROOT, 'dist', 'main', 'index.js'))) {
    console.log('The bundles are missing: run "npm run build" first.')
    return 1
  }
  const cache = installClis(process.env)
  if (cache.kind === 'unavailable') return skip(cache.reason)
  const base = mkdtempSync(path.join(tmpdir(), 'agent-proxy-e2e-'))
  try {
    return enter(isolation, { base, cache: cache.directory })
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** On a developer's machine a platform that cannot is no failure; on Linux CI it must never pass silently. */
function skip(reason: string): number {
  console.log(`skipped: ${reason}`)
  return process.env.CI === 'true' && process.platform === 'linux' ? 1 : 0
}

function enter(isolation: Isolation & { kind: 'possible' }, directories: { base: string; cache: string }): number {
  const { base, cache } = directories
  for (const name of ['cache', 'repo', 'jobs']) mkdirSync(path.join(base, name))
  // The agent's user must reach all of it, wherever the repository and the cache lie.
  spawnSync('chmod', ['755', base])
  spawnSync('chmod', ['1777', path.join(base, 'jobs')])
  const script = path.join(base, 'enter.sh')
  writeFileSync(script, ENTER)
  const node = process.execPath.startsWith(`${ROOT}${path.sep}`)
    ? path.join(base, 'repo', path.relative(ROOT, process.execPath))
    : process.execPath
  const inside = [node, path.join(base, 'repo', '__tests__', 'e2e', 'inside.ts')]
  const settings = JSON.stringify({ base, node, agent: isolation.agent })
  const [command = '', ...prefix] = isolation.command
  const args = [...prefix, 'sh', script, ROOT, cache, base, ...inside, settings, ...process.argv.slice(2)]
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  return status ?? 1
}

/**
 * First process of the PID namespace: prepares the mounts and loopback, then waits, so that orphans have somebody who reaps
 * them. iproute2 may be missing; perl (always there on Debian and Ubuntu) can do the one ioctl.
 */
const ENTER = `set -eu
repo=$1 cache=$2 base=$3
shift 3
mount --bind "$repo" "$base/repo"
mount --bind "$cache" "$base/cache"
mount -o remount,bind,ro "$base/cache"
up() { ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || perl -e \\
  'use Socket; socket(S, AF_INET, SOCK_DGRAM, 0) or die; $r = pack("a16 s x22", "lo", 0x41); ioctl(S, 0x8914, $r) or die'; }
up
printf '127.0.0.1 localhost\\n' > "$base/hosts"
printf 'nameserver 127.0.0.3\\noptions timeout:2 attempts:4\\n' > "$base/resolv.conf"
printf 'passwd: files\\ngroup: files\\nhosts: files dns\\n' > "$base/nsswitch.conf"
for name in hosts resolv.conf nsswitch.conf; do
  chmod 644 "$base/$name"
  if [ -e "/etc/$name" ]; then mount --bind "$base/$name" "/etc/$name"; fi
done
code=0
"$@" || code=$?
# Here, because outside we may not be the user who owns it.
rm -rf "$base/jobs"
exit $code
`

process.exitCode = main()
