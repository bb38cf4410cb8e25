import { renderLogText } from '../log-text.ts'
import type { WrapTools } from './agent-exec-config.ts'

export const WRAP_TOOLS = ['bwrap', 'unshare', 'setpriv', 'mount', 'shell', 'nft', 'ip', 'env'] as const
export type WrapToolName = (typeof WRAP_TOOLS)[number]
/** Absolute paths of what was found. */
export type FoundTools = Readonly<Partial<Record<WrapToolName, string>>>

/** How far a trial came: nothing, the outer layer, the rules inside it, the command's own layer. */
export type WrapStage = 'nothing' | 'outer' | 'rules' | 'command'

export interface WrapTrial {
  readonly tools: WrapTools
  readonly reached: WrapStage
  /** First line of what the failing program said. */
  readonly said: string
}

export interface WrapperFacts {
  readonly platform: string
  readonly found: FoundTools
  /** Empty when a program that every trial needs is missing; ends with the first one that worked. */
  readonly trials: readonly WrapTrial[]
  readonly kernel: WrapKernel
}

export interface WrapKernel {
  /** user.max_user_namespaces; null where it cannot be read. */
  readonly maxUserNamespaces: number | null
  /** kernel.apparmor_restrict_unprivileged_userns, as Ubuntu has it since 23.10. */
  readonly apparmorRestricts: boolean
  /** kernel.unprivileged_userns_clone is 0: the switch of older Debian kernels. */
  readonly isCloneOff: boolean
  readonly isContainer: boolean
}

export type WrapperDecision =
  | {
      readonly isUsable: true
      readonly tools: WrapTools
      /** What stays open although it should not: sentences for the summary. */
      readonly limits: readonly string[]
    }
  /** A sentence or more: cause, then fix. */
  | { readonly isUsable: false; readonly reason: string }

/** The ways that can be tried with what was found, the better one first; empty when something is missing for all. */
export function deriveWrapTools(found: FoundTools, canRestoreSignals: boolean): readonly WrapTools[] {
  const { bwrap, unshare, setpriv, mount, shell, nft, ip } = found
  if (nft === undefined || ip === undefined) return []
  const shared = { nft, ip, env: (canRestoreSignals ? found.env : undefined) ?? null }
  const ways: WrapTools[] = []
  if (bwrap !== undefined) ways.push({ method: 'bwrap', bwrap, ...shared })
  if (unshare !== undefined && setpriv !== undefined && mount !== undefined && shell !== undefined) {
    ways.push({ method: 'unshare', unshare, setpriv, mount, shell, ...shared })
  }
  return ways
}

/** Decides whether commands can be wrapped here. Whatever was tried and failed is named with its cause, never worked around. */
export function decideWrapper(facts: WrapperFacts): WrapperDecision {
  const working = facts.trials.find(({ reached }) => reached === 'command')
  if (working !== undefined) return { isUsable: true, tools: working.tools, limits: deriveLimits(working.tools) }
  const missing = describeMissing(facts)
  return { isUsable: false, reason: missing ?? describeRefusal(facts) }
}

function deriveLimits({ method }: WrapTools): readonly string[] {
  if (method === 'bwrap') return []
  return [
    'Without bubblewrap (package bubblewrap) sockets of the virtual machine (VSOCK) and text pushed into a shared terminal are not filtered.',
  ]
}

function describeMissing({ platform, found, trials }: WrapperFacts): string | undefined {
  if (platform !== 'linux') return `it needs Linux, and this is ${platform}.`
  if (found.nft === undefined) return 'the program nft is missing (package nftables).'
  if (found.ip === undefined) return 'the program ip is missing (package iproute2).'
  return trials.length === 0 ? 'the program bwrap is missing (package bubblewrap).' : undefined
}

const APPARMOR =
  'AppArmor takes all rights from the user namespaces of ordinary users (kernel.apparmor_restrict_unprivileged_userns is 1, ' +
  'as in Ubuntu 24.04). Install bubblewrap and let an administrator add the file /etc/apparmor.d/bwrap with ' +
  '"abi <abi/4.0>, include <tunables/global> profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }" and load it with ' +
  '"apparmor_parser -r /etc/apparmor.d/bwrap". The switch for the whole machine need not be touched.'

const SECCOMP =
  'this is a container that forbids user namespaces, by its seccomp profile. Run the job on the host, or in a container ' +
  'whose profile allows them; in a cluster, limit the network of the pod by a network policy.'

const MASKED_PROC =
  'this container covers parts of /proc, so no process namespace can have its own. Start it with ' +
  '--security-opt systempaths=unconfined, or run the job on the host.'

function describeRefusal({ trials, kernel }: WrapperFacts): string {
  const furthest = trials.reduce((one, other) => (rank(other) > rank(one) ? other : one))
  return findCause(furthest.reached, kernel) ?? describeTrial(furthest)
}

const STAGES: readonly WrapStage[] = ['nothing', 'outer', 'rules', 'command']
const rank = ({ reached }: WrapTrial): number => STAGES.indexOf(reached)

function findCause(reached: WrapStage, kernel: WrapKernel): string | undefined {
  if (reached === 'rules') return kernel.isContainer ? MASKED_PROC : undefined
  if (kernel.apparmorRestricts) return APPARMOR
  if (reached === 'outer') return undefined
  if (kernel.maxUserNamespaces === 0) {
    return 'user namespaces are switched off (user.max_user_namespaces is 0). Set it, for example to 10000, with sysctl.'
  }
  if (kernel.isCloneOff) {
    return 'user namespaces are switched off for ordinary users (kernel.unprivileged_userns_clone is 0). Set it to 1 with sysctl.'
  }
  return kernel.isContainer ? SECCOMP : undefined
}

/** What a program wrote may be long, and is not ours. */
const MAX_SAID = 300

const WHAT: Readonly<Record<WrapStage, string>> = {
  nothing: 'a user namespace with a network of its own could not be made',
  outer: 'the rules of the network inside could not be loaded (the kernel needs nf_tables with nat and reject)',
  rules: 'the command could not be set apart inside',
  command: 'nothing failed',
}

function describeTrial({ tools, reached, said }: WrapTrial): string {
  return `${WHAT[reached]}; ${tools.method} said: ${said === '' ? 'nothing' : renderLogText(said.slice(0, MAX_SAID))}`
}
