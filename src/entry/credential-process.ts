import { setTimeout as pause } from 'node:timers/promises'
import type { ToCredentialProcess } from '../sidecar/credential-ipc.ts'
import { runCommand } from '../sidecar/credential-process/run-command.ts'
import { runCredentialProcess } from '../sidecar/credential-process/run-credential-process.ts'

// Node hands its permission flags on to every child in NODE_OPTIONS, taken from here. A command is none of ours: with them a
// tool written for node could not read its own files, and the environment would hold more than was promised.
process.execArgv.length = 0

const credentialProcess = runCredentialProcess({
  // What cannot be sent has nobody left to hear it: 'disconnect' follows.
  send: (message) => void process.send?.(message, () => undefined),
  runCommand,
  platform: process.platform,
  now: () => Date.now(),
  pause: (milliseconds) => pause(milliseconds),
  every: (milliseconds, run) => {
    const timer = setInterval(() => void run(), milliseconds)
    return () => clearInterval(timer)
  },
})

function leave(code: number): void {
  credentialProcess.end()
  process.exit(code)
}

// Without the channel nobody is left who could ask.
process.on('disconnect', () => leave(0))
process.on('SIGTERM', () => leave(0))
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(signal, () => undefined)
// A message may quote what a command printed: only its kind is said, and the supervisor starts another.
process.on('uncaughtException', (error) => {
  process.stderr.write(`defect in the credential process: ${error.name}\n`)
  leave(1)
})
process.on('message', (message) => credentialProcess.onMessage(message as ToCredentialProcess))
