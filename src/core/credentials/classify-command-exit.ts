import { deriveExcerpt } from '../probes/excerpt.ts'
import { COMMAND_CAUSES } from './causes/command-causes.ts'
import { renderSourceFailure } from './find-issuer-cause.ts'
import type { SourceFailure } from './source.ts'

/** How a credential command ended. */
export type CommandExit =
  | { readonly kind: 'exited'; readonly code: number }
  | { readonly kind: 'killed'; readonly signal: string }
  /** Ended by us, with its whole process group. */
  | { readonly kind: 'timed-out'; readonly timeoutMs: number }
  | { readonly kind: 'flooded'; readonly limitBytes: number }
  /** It exited with 0, but its output cannot be decoded. */
  | { readonly kind: 'not-utf8' }
  /** The platform's error code, such as ENOENT. */
  | { readonly kind: 'not-started'; readonly code: string }

type Cause = keyof typeof COMMAND_CAUSES

// 126 and 127 are the shells' words, 9009 is that of cmd.exe.
const EXIT_CAUSES: Readonly<Record<number, Cause>> = { 126: 'notExecutable', 127: 'notFound', 9009: 'notFound' }
const START_CAUSES: Readonly<Record<string, Cause>> = {
  ENOENT: 'notFound',
  ENOTDIR: 'notFound',
  EACCES: 'notExecutable',
  EPERM: 'notExecutable',
  ENOEXEC: 'notExecutable',
}

/**
 * Why a command gave no credential.
 * @param stderr its last bytes, decoded and with every known secret redacted; only its last line is quoted, cleaned and cut.
 * @returns undefined when it exited with 0, so that its output counts.
 */
export function classifyCommandExit(exit: CommandExit, input: string, stderr: string): SourceFailure | undefined {
  if (exit.kind === 'exited' && exit.code === 0) return undefined
  const said = deriveLastLine(stderr)
  return renderSourceFailure(COMMAND_CAUSES[decideCause(exit)], {
    input,
    how: describeExit(exit),
    said: said === '' ? '' : `; its last line on standard error: “${said}”`,
  })
}

function decideCause(exit: CommandExit): Cause {
  switch (exit.kind) {
    case 'exited':
      return EXIT_CAUSES[exit.code] ?? 'failed'
    case 'killed':
      return 'killed'
    case 'timed-out':
      return 'timedOut'
    case 'flooded':
      return 'flooded'
    case 'not-utf8':
      return 'notUtf8'
    case 'not-started':
      return Object.hasOwn(START_CAUSES, exit.code) ? (START_CAUSES[exit.code] ?? 'notStarted') : 'notStarted'
  }
}

function describeExit(exit: CommandExit): string {
  switch (exit.kind) {
    case 'exited':
      return `exit code ${exit.code}`
    case 'killed':
      return /^SIG[A-Z0-9+]{1,12}$/.test(exit.signal) ? exit.signal : 'a signal'
    case 'timed-out':
      return `${exit.timeoutMs / 1000} seconds`
    case 'flooded':
      return `${Math.floor(exit.limitBytes / 1024)} KiB`
    case 'not-utf8':
      return ''
    case 'not-started':
      return /^[A-Z0-9_]{1,40}$/.test(exit.code) ? exit.code : 'no code'
  }
}

// Tools end in the line that says what went wrong. Colours would leave their codes behind when control characters go.
function deriveLastLine(stderr: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
  const plain = stderr.replace(/\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(\x07|\x1b\\)?)/g, '')
  const last = plain.split(/[\r\n]+/).findLast((line) => line.trim() !== '')
  if (last === undefined) return ''
  const excerpt = deriveExcerpt(last)
  return excerpt === 'no text' ? '' : excerpt
}
