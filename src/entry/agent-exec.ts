import { isatty } from 'node:tty'
import { closeInherited } from '../egress/wrap/close-inherited.ts'
import { runAgentExec } from '../egress/wrap/run-agent-exec.ts'
import { writeWhole } from './write-whole.ts'

const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
)

closeInherited()
process.exitCode = await runAgentExec({
  arguments: process.argv.slice(2),
  environment,
  cwd: process.cwd(),
  uid: process.getuid?.() ?? -1,
  gid: process.getgid?.() ?? -1,
  hasTerminal: [0, 1, 2].some((fd) => isatty(fd)),
  // Not process.stderr: opening it would make the command's own stream non-blocking.
  warn: (text) => writeWhole(2, `${text}\n`),
  onSignals: (names, run) => {
    for (const name of names) process.on(name, () => run(name))
    // A terminal's own signals are for the command; the starter ends when it does.
    for (const name of ['SIGINT', 'SIGQUIT']) if (!names.includes(name)) process.on(name, () => undefined)
  },
})
process.exit()
