import type { FirewallLevel } from '../core/firewall-level.ts'
import type { ProviderCheck } from '../core/sidecar-config.ts'
import type { WrittenFile } from './cli-files.ts'
import type { Runner } from './runner.ts'

/** What main leaves for post. No key is in it; the control token is masked before it is saved. */
export interface RunState {
  readonly version: 1
  readonly runId: string
  readonly pid: number
  readonly startTime: string | null
  readonly managementHost: string
  readonly managementPort: number
  readonly controlToken: string
  /** Private directory of the run, removed in the end. */
  readonly directory: string
  readonly logDirectory: string
  /** Findings without the model listings, which can be long. */
  readonly checks: readonly ProviderCheck[]
  readonly files: readonly WrittenFile[]
  readonly wantsSummary: boolean
  /** False when every provider was skipped and only the firewall stands: then no request can be missing. */
  readonly hasProviders: boolean
  readonly topology: string
  /** Absent without a firewall. */
  readonly firewall?: FirewallState
}

/** What post has to know of the firewall. It can report on it, and end a relay of the step's own; it cannot take the firewall down. */
export interface FirewallState {
  readonly level: FirewallLevel
  readonly mode: 'block' | 'audit'
  readonly limits: readonly string[]
  readonly logPath: string
  readonly relay: { readonly pid: number; readonly startTime: string | null } | null
  readonly failOnBlocked: boolean
  readonly runnerUid: number | null
  readonly seemsNative: boolean
  /** Where the user wants the logs, when they were written elsewhere. */
  readonly copyLogsTo: string | null
}

const KEY = 'run'

/** Saves the state; called as soon as the sidecar runs, and again when files were written. */
export function saveState(runner: Runner, state: RunState): void {
  const checks = state.checks.map((check) => ({ ...check, models: [] }))
  runner.saveState(KEY, JSON.stringify({ ...state, checks }))
}

/** The state main left, or undefined when it never started a sidecar. */
export function readState(runner: Runner): RunState | undefined {
  const text = runner.getState(KEY)
  if (text === '') return undefined
  const state = JSON.parse(text) as RunState
  return state.version === 1 ? state : undefined
}
