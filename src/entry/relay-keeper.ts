import { closeSync, ftruncateSync, writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { RelayConfig } from '../core/egress-config.ts'
import { runKeeper } from '../egress/keeper/run-keeper.ts'

// Started as: node relay-keeper <path of the relay>; config on stdin, replies on fd 3, the firewall log on fd 4.
const [, , relay = ''] = process.argv
const REPLY_FD = 3
const LOG_FD = 4

const kept = runKeeper(JSON.parse(await text(process.stdin)) as RelayConfig, {
  reply: (reply) => void writeSync(REPLY_FD, `${JSON.stringify(reply)}\n`),
  detach: () => closeSync(REPLY_FD),
  // The file that runs, not its path: that may be another by the time the relay is started again.
  command: [process.platform === 'linux' ? '/proc/self/exe' : process.execPath, '--disable-sigusr1', relay],
  logFd: 2,
  log: {
    append: (bytes) => writeSync(LOG_FD, bytes),
    truncate: (size) => ftruncateSync(LOG_FD, size),
    close: () => closeSync(LOG_FD),
  },
  platform: process.platform,
  exit: (code) => process.exit(code),
  now: () => new Date().toISOString(),
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => kept.end())
for (const signal of ['SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined)
process.on('uncaughtException', (error) => void process.stderr.write(`defect: ${error.stack ?? error.message}\n`))
