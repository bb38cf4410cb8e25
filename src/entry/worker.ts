import type { ToWorker } from '../sidecar/ipc.ts'
import { runWorker } from '../sidecar/worker/run-worker.ts'
import { writeText } from '../sidecar/write-line.ts'

const [ACCESS_LOG_FD, SIDECAR_LOG_FD] = [1, 2]

// The channel to the supervisor is the worker's life: without it nobody holds the sockets any more.
process.on('disconnect', () => process.exit(0))
for (const signal of ['SIGINT', 'SIGHUP', 'SIGPIPE', 'SIGTERM'] as const) process.on(signal, () => undefined)

const worker = runWorker({
  accessLogFd: ACCESS_LOG_FD,
  // What cannot be sent has nobody left to hear it: 'disconnect' follows.
  send: (message) => void process.send?.(message, () => undefined),
  say: (line) => writeText(SIDECAR_LOG_FD, line),
  nodeVersion: process.version,
})
process.on('message', (message, handle) => worker.onMessage(message as ToWorker, handle))
// A fault in one request must not end the others; what is seen here is a defect, so it is said aloud.
process.on('uncaughtException', (error) => worker.onDefect(error))
process.on('unhandledRejection', (error) => worker.onDefect(error))
