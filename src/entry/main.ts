import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRunner } from '../action/actions-runner.ts'
import { findUserName } from '../action/find-user-name.ts'
import { runMain } from '../action/run-main.ts'

const bundles = join(dirname(fileURLToPath(import.meta.url)), '..')
const bundle = (name: string): string => join(bundles, name, 'index.js')
const cancelled = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => cancelled.abort())

await runMain({
  runner: createRunner(process.env),
  place: 'job',
  environment: process.env,
  platform: process.platform,
  architecture: process.arch,
  nodeVersion: process.version,
  execPath: process.execPath,
  uid: process.getuid?.() ?? null,
  gid: process.getgid?.() ?? null,
  userName: findUserName(),
  parentPid: process.ppid,
  home: homedir(),
  sidecarPath: bundle('sidecar'),
  workerPath: bundle('worker'),
  credentialProcessPath: bundle('credential-process'),
  guardPath: bundle('guard'),
  relayPath: bundle('relay'),
  relayKeeperPath: bundle('relay-keeper'),
  agentExecPath: bundle('agent-exec'),
  bridgePath: bundle('bridge'),
  cancelled: cancelled.signal,
})
