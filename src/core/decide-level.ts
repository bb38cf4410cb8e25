import type { Fault } from './fault.ts'
import type { FirewallLevel } from './firewall-level.ts'

/** What was found out about this machine and this job; sentences name a cause and what would help. */
export interface LevelFacts {
  readonly platform: string
  /** `works`: root, or sudo without a password. */
  readonly root: 'works' | 'no-sudo' | 'sudo-asks'
  readonly hasNft: boolean
  /** False in a job container, where the process of the job cannot be seen from inside. */
  readonly isJobVisible: boolean
  /** The lock of an enforced firewall is there: another job has it, or an earlier step of this one. */
  readonly isHeld: boolean
  readonly wrapper: { readonly isUsable: true } | { readonly isUsable: false; readonly reason: string }
}

export type WantedLevel = FirewallLevel | 'auto'

export type LevelDecision =
  | { readonly kind: 'level'; readonly level: FirewallLevel; readonly why: string }
  | { readonly kind: 'fault'; readonly fault: Fault }

/**
 * Decides how the firewall is enforced. A level that was asked for by name is taken or refused, never replaced. `auto` takes the
 * strongest that this machine allows; variables alone are no firewall, so with `block` they have to be asked for.
 */
export function decideLevel(wanted: WantedLevel, mode: 'block' | 'audit', facts: LevelFacts): LevelDecision {
  if (isTaken(facts)) return { kind: 'fault', fault: HELD }
  const obstacles = { enforced: findEnforcedObstacle(facts), wrapped: findWrappedObstacle(facts) }
  if (wanted === 'cooperative') return accept('cooperative', 'firewall-level asks for it')
  if (wanted !== 'auto') {
    const obstacle = obstacles[wanted]
    return obstacle === undefined ? accept(wanted, 'firewall-level asks for it') : refuse(wanted, [obstacle])
  }
  if (obstacles.enforced === undefined) return accept('enforced', 'this job can become root')
  if (obstacles.wrapped === undefined) return accept('wrapped', `not enforced: ${obstacles.enforced}`)
  const found = [`Not enforced: ${obstacles.enforced}`, `Not wrapped: ${obstacles.wrapped}`]
  if (mode === 'audit') return accept('cooperative', found.join(' '))
  return refuse('auto', found)
}

/** Root looks itself whether the holder lives. Without root the rules of that firewall would judge this job, whatever its level. */
function isTaken({ isHeld, root }: LevelFacts): boolean {
  return isHeld && root !== 'works'
}

const HELD: Fault = {
  code: 'firewall-unavailable',
  input: 'egress-policy',
  title: 'A firewall of this action stands already',
  message:
    'Another job on this machine, or an earlier step of this job, has set up the firewall and closed sudo. One machine can have one at a time.',
  fix: 'Use the action once in a job, and run one such job at a time on a machine. If no other job runs, its guard was killed; docs/troubleshooting.md (firewall-unavailable) says how root opens the machine again.',
}

/**
 * Decides the level for one command at a terminal. The machine is somebody's own, so only a level that was asked for by name may close
 * it; `auto` is the wrapper around that command, in both modes, and nothing less.
 */
export function decideTerminalLevel(wanted: WantedLevel, mode: 'block' | 'audit', facts: LevelFacts): LevelDecision {
  if (wanted !== 'auto' || isTaken(facts)) return decideLevel(wanted, mode, facts)
  const obstacle = findWrappedObstacle(facts)
  if (obstacle === undefined) return accept('wrapped', 'around this one command')
  const message = `This command cannot be put behind the firewall (firewall-level: wrapped): ${obstacle}`
  const fix =
    'Remove the obstacle, or say what you accept: --firewall-level cooperative (proxy variables only, no barrier) or --egress-policy off (no firewall).'
  return { kind: 'fault', fault: { ...UNAVAILABLE, message, fix } }
}

const UNAVAILABLE = {
  code: 'firewall-unavailable',
  input: 'firewall-level',
  title: 'The firewall cannot be set up',
} as const

function accept(level: FirewallLevel, why: string): LevelDecision {
  return { kind: 'level', level, why }
}

function refuse(wanted: WantedLevel, obstacles: readonly string[]): LevelDecision {
  const fix =
    wanted === 'auto'
      ? 'Remove one of these obstacles, or say what you accept: firewall-level: cooperative (variables only, no barrier) or egress-policy: off.'
      : 'Remove the obstacle, or choose another firewall-level.'
  const what =
    wanted === 'auto' ? 'No level of the firewall that blocks is possible' : `firewall-level: ${wanted} is not possible`
  const message = `${what} on this machine. ${obstacles.join(' ')}`
  return { kind: 'fault', fault: { ...UNAVAILABLE, message, fix } }
}

function findEnforcedObstacle(facts: LevelFacts): string | undefined {
  if (facts.platform !== 'linux') return `it needs Linux, and this is ${facts.platform}.`
  if (facts.root === 'no-sudo') return 'it needs root, and this user is not root and has no sudo.'
  if (facts.root === 'sudo-asks') return 'it needs root, and sudo asks this user for a password.'
  if (!facts.hasNft) return 'the program nft is missing (package nftables).'
  if (!facts.isJobVisible) {
    return 'in a job container the process of the job cannot be watched, so nothing could be undone at its end.'
  }
  return undefined
}

function findWrappedObstacle({ platform, wrapper }: LevelFacts): string | undefined {
  if (platform !== 'linux') return `it needs Linux, and this is ${platform}.`
  return wrapper.isUsable ? undefined : wrapper.reason
}
