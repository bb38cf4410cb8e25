import type { SourceCauseRow } from '../source-cause.ts'

/** How a command ended without a credential. Placeholders: {input}, {how}, {said}. */
export const COMMAND_CAUSES = {
  notFound: {
    code: 'command-not-found',
    seen: 'Exit code 127, or ENOENT',
    isPermanent: true,
    message: 'The command of {input} was not found ({how}){said}.',
    fix: 'Install the tool in a step before this action, or write its absolute path; the PATH of that moment is what counts.',
  },
  notExecutable: {
    code: 'command-not-executable',
    seen: 'Exit code 126, or EACCES',
    isPermanent: true,
    message: 'The command of {input} cannot be executed ({how}){said}.',
    fix: 'Make the file executable for this user (chmod +x), and check that it is a program for this system.',
  },
  failed: {
    code: 'command-failed',
    seen: 'Another exit code than 0',
    isPermanent: false,
    message: 'The command of {input} failed with {how}{said}.',
    fix: 'Run it by hand in a step of the same job; it gets only a few variables of the environment, further ones must be listed.',
  },
  killed: {
    code: 'command-killed',
    seen: 'The command was ended by a signal',
    isPermanent: false,
    message: 'The command of {input} was ended by {how}{said}.',
    fix: 'Look for what ended it: SIGKILL often means that memory ran out.',
  },
  timedOut: {
    code: 'command-timeout',
    seen: 'The command ran longer than its time limit',
    isPermanent: false,
    message: 'The command of {input} was still running after {how} and was ended with everything it had started{said}.',
    fix: 'Check that it waits for nothing, such as a login or a terminal (its standard input is empty), or raise its time limit.',
  },
  flooded: {
    code: 'command-output-too-large',
    seen: 'More output than is read',
    isPermanent: false,
    message: 'The command of {input} printed more than {how} and was ended{said}.',
    fix: 'Have it print the credential alone on standard output.',
  },
  notUtf8: {
    code: 'command-output-not-utf8',
    seen: 'Output that is not UTF-8',
    isPermanent: false,
    message: 'The command of {input} printed bytes that are no UTF-8 text{said}.',
    fix: 'Have it print plain text: PowerShell writes UTF-16 unless its OutputEncoding is set, and keys in binary form must be encoded.',
  },
  notStarted: {
    code: 'command-not-started',
    seen: 'The operating system could not start the command',
    isPermanent: false,
    message: 'The command of {input} could not be started ({how}).',
    fix: 'Check how many processes and how much memory this runner has left.',
  },
} as const satisfies Readonly<Record<string, SourceCauseRow>>
