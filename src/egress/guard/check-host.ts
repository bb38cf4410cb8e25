import { readFileSync } from 'node:fs'
import type { GuardConfig } from '../../core/egress-config.ts'
import { GuardFailure } from './guard-failure.ts'
import { isAlive } from './process-identity.ts'
import { describeError, requireTool, runTool } from './run-tool.ts'

/** Bits of a capability mask, and what cannot be done without each. */
const CAPABILITIES = [
  { bit: 12, name: 'NET_ADMIN', purpose: 'load rules' },
  { bit: 21, name: 'SYS_ADMIN', purpose: 'mount read-only what root trusts' },
  { bit: 6, name: 'SETGID', purpose: 'start programs as others' },
  { bit: 7, name: 'SETUID', purpose: 'start programs as others' },
  { bit: 5, name: 'KILL', purpose: 'end them' },
] as const

export interface HostFacts {
  readonly platform: string
  readonly uid: number
  /** Text of /proc/self/status. */
  readonly status: string
  /** Text of /etc/subuid; '' where there is none. */
  readonly subordinateUids: string
}

/** Reads what {@link checkHost} judges. */
export function readHostFacts(platform: string, uid: number): HostFacts {
  return { platform, uid, status: readText('/proc/self/status'), subordinateUids: readText('/etc/subuid') }
}

/** Why the firewall cannot be had here, in a sentence; undefined when nothing is known to stand against it. */
export function checkHost(config: GuardConfig, facts: HostFacts): string | undefined {
  if (facts.platform !== 'linux') return `The enforced level needs Linux, and this is ${facts.platform}.`
  if (facts.uid !== 0) return 'The guard does not run as root.'
  if (config.runnerUid === 0 && config.privileges.sudo === 'off')
    return 'The job runs as root, so nothing can be taken from it.'
  const held = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(facts.status)?.[1] ?? '0'}`)
  const missing = CAPABILITIES.find(({ bit }) => ((held >> BigInt(bit)) & 1n) === 0n)
  if (missing !== undefined)
    return `There is no ${missing.name} capability here (a container without it?), so the guard cannot ${missing.purpose}.`
  return checkDirectory(config) ?? checkUids(config, facts.subordinateUids)
}

/** What lies beside it is taken for leftovers of other runs and removed. */
function checkDirectory({ directory, runId }: GuardConfig): string | undefined {
  const isOurs = directory.endsWith(`/setup-agent-proxy/${runId}`) && /^[A-Za-z0-9-]+$/.test(runId)
  return isOurs ? undefined : `The directory ${directory} is not …/setup-agent-proxy/<run id>.`
}

/** Whoever may take on the relay's uid in a user namespace passes the rules as the relay does. */
function checkUids({ relayUid, sidecarUid, runnerUid }: GuardConfig, subordinateUids: string): string | undefined {
  if (new Set([relayUid, sidecarUid, runnerUid, 0]).size < 4 && runnerUid !== 0)
    return 'Relay, sidecar and runner need three different uids.'
  for (const line of subordinateUids.split('\n')) {
    const [account, first, count] = line.split(':')
    const [from, size] = [Number(first), Number(count)]
    const taken = [relayUid, sidecarUid].find((uid) => uid >= from && uid < from + size)
    if (taken !== undefined) return `/etc/subuid lets ${account} take on uid ${taken}, which the firewall exempts.`
  }
  return undefined
}

/** The checks that need programs. Throws a GuardFailure. */
export async function checkTools(config: GuardConfig): Promise<void> {
  requireTool('nft', 'nftables')
  requireTool('ip', 'iproute2')
  for (const name of ['setpriv', 'mount', 'umount']) requireTool(name, 'util-linux')
  const { status, stderr } = await runTool(['nft', 'list', 'tables'])
  if (status !== 0) throw new GuardFailure(`nft cannot be used here: ${describeError(stderr)}.`)
  if (!isAlive(config.watch)) throw new GuardFailure(`The job's process (${config.watch.pid}) is not there.`)
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
