import { spawnSync } from 'node:child_process'

const TOOLS =
  'nft ip sysctl curl git python3 openssl sudo bwrap ping ncat npm setpriv nsenter unshare newuidmap getent'.split(' ')

/** Why the suite cannot run here, or undefined when it can. It needs root: it makes network namespaces and runs as several users. */
export function findObstacle(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist only on Linux'
  if (process.getuid?.() !== 0) return 'the attack suite needs root, for its own network namespaces'
  const missing = TOOLS.filter((tool) => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (missing.length > 0) return `these programs are missing: ${missing.join(', ')}`
  const probe = spawnSync('unshare', ['--net', '--mount', '--pid', '--fork', '--mount-proc', 'nft', 'list', 'ruleset'])
  return probe.status === 0 ? undefined : `namespaces or nftables are refused here: ${probe.stderr}`
}
