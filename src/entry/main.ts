import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runMain } from '../action/run-main.ts'
import { createRunner } from '../action/runner.ts'

const bundles = join(dirname(fileURLToPath(import.meta.url)), '..')
const cancelled = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancelled.abort())

await runMain({
  runner: createRunner(process.env),
  environment: process.env,
  platform: process.platform,
  architecture: process.arch,
  nodeVersion: process.version,
  execPath: process.execPath,
  uid: process.getuid?.() ?? null,
  parentPid: process.ppid,
  home: homedir(),
  sidecarPath: join(bundles, 'sidecar', 'index.js'),
  workerPath: join(bundles, 'worker', 'index.js'),
  credentialProcessPath: join(bundles, 'credential-process', 'index.js'),
  cancelled: cancelled.signal,
})
