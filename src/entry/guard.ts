import { closeSync } from 'node:fs'
import { runCleaning } from '../egress/guard/run-cleaning.ts'
import { runGuard } from '../egress/guard/run-guard.ts'
import { runLauncher } from '../egress/guard/run-launcher.ts'
import { runProof } from '../egress/guard/run-proof.ts'
import { deriveLoadableRules } from '../firewall/loadable-rules.ts'

const { stdin, stdout, platform } = process
const uid = process.getuid?.() ?? -1
const reply = (line: object): void => void stdout.write(`${JSON.stringify(line)}\n`)
const [, , stage, directory = ''] = process.argv

if (stage === 'guard') {
  const guard = runGuard({
    stdin,
    reply,
    detach: () => {
      stdin.destroy()
      closeSync(1)
    },
    rules: { derive: deriveLoadableRules },
    exit: (code) => process.exit(code),
    warn: (text) => void process.stderr.write(`${text}\n`),
    pid: process.pid,
    now: () => new Date().toISOString(),
  })
  // Only root can send them, at the end of the machine or by hand.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => guard.end(`${signal} from root`))
  for (const signal of ['SIGHUP', 'SIGPIPE', 'SIGUSR2'] as const) process.on(signal, () => undefined)
  process.on('uncaughtException', (error) => guard.onDefect(error))
  process.on('unhandledRejection', (error) => guard.onDefect(error))
} else if (stage === 'prove') reply(await runProof())
else if (stage === 'clean') process.exitCode = await runCleaning(directory, { uid, say: reply })
else process.exit(await runLauncher({ stdin, reply, platform, uid }))
