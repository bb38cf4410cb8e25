import { closeSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { LaunchMessage } from '../core/sidecar-config.ts'
import { createCredentialHost } from '../sidecar/supervisor/broker-host.ts'
import { runSupervisor } from '../sidecar/supervisor/run-supervisor.ts'
import { LEAN_ALLOCATOR } from '../sidecar/supervisor/worker-process.ts'
import { writeLine, writeText } from '../sidecar/write-line.ts'

const [SIDECAR_LOG_FD, REPLY_FD, ACCESS_LOG_FD] = [2, 3, 4]
const bundles = join(import.meta.dirname, '..')
const isLinux = process.platform === 'linux'
const execPath = isLinux ? '/proc/self/exe' : process.execPath

const supervisor = runSupervisor({
  worker: {
    execPath,
    source: readFileSync(join(bundles, 'worker', 'index.js'), 'utf8'),
    environment: isLinux ? LEAN_ALLOCATOR : {},
    accessLogFd: ACCESS_LOG_FD,
    readablePaths: isLinux ? ['/proc/net/tcp', '/proc/net/tcp6'] : [],
  },
  credentialProcess: createCredentialHost(process, {
    execPath,
    source: readFileSync(join(bundles, 'credential-process', 'index.js'), 'utf8'),
    // Node on Windows does not start without it.
    environment: process.env.SystemRoot === undefined ? {} : { SystemRoot: process.env.SystemRoot },
  }),
  launch: text(process.stdin).then((message) => JSON.parse(message) as LaunchMessage),
  reply: (reply) => writeLine(REPLY_FD, reply),
  detach: () => closeSync(REPLY_FD),
  log: (event) => writeLine(ACCESS_LOG_FD, event),
  say: (line) => writeText(SIDECAR_LOG_FD, line),
  exit: (code) => process.exit(code),
  pid: process.pid,
})

process.on('disconnect', () => supervisor.end('the guard is gone'))
process.on('SIGTERM', () => supervisor.end('SIGTERM'))
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined)
