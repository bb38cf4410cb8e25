/**
 * Room: cli. The terminal face: the same run as the action's, around one command, and three commands that start nothing. Never
 * knows: how a request is forwarded, the toolkit of Actions. Everything it gets from outside is in this port; only the entry reads it.
 */
export interface Terminal {
  /** What stands behind the program's name. */
  readonly arguments: readonly string[]
  readonly environment: Environment
  readonly platform: NodeJS.Platform
  readonly architecture: string
  readonly nodeVersion: string
  readonly execPath: string
  readonly pid: number
  readonly uid: number | null
  readonly gid: number | null
  readonly userName: string | null
  readonly home: string
  readonly cwd: string
  /** Directory for temporary files of this machine. */
  readonly temp: string
  /** Absolute path of a bundle by its name. */
  readonly bundle: (name: string) => string
  readonly isErrorTerminal: boolean
  readonly isInputTerminal: boolean
  /** Writes at once, and changes nothing about the stream: the command shares it. */
  readonly write: (text: string) => void
  readonly writeError: (text: string) => void
  readonly readInput: () => Promise<string>
  /** Calls back for each of these signals, and keeps them from ending this process. */
  readonly onSignals: (names: readonly NodeJS.Signals[], run: (name: NodeJS.Signals) => void) => void
  /** Puts another program in the place of this process, pid and streams kept. Undefined where the platform cannot. */
  readonly replaceProcess: ((argv: readonly string[], environment: Environment) => never) | undefined
}

export type Environment = Readonly<Record<string, string | undefined>>

/** How the program ends: by its own code, or by the signal that ended the command. */
export type End =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals }

/** Codes of our own. Those of `run` are what env, nohup and container engines use for a command that could not be started. */
export const EXIT = { ok: 0, rejected: 1, unusable: 2, notStarted: 125, notExecutable: 126, notFound: 127 } as const

/** The end by a code of its own, 0 to 255. */
export function exitWith(code: number): End {
  return { kind: 'code', code }
}
