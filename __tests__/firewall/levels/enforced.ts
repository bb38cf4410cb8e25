import path from 'node:path'
import { createInterface } from 'node:readline'
import type { GuardConfig, GuardReply } from '../../../src/core/egress-config.ts'
import type { Policy } from '../../../src/core/policy/policy.ts'
import type { SidecarReply } from '../../../src/core/sidecar-config.ts'
import { RUN_TOKENS } from '../../support/sidecar-launch.ts'
import { METADATA, NAME_SERVER, PLATFORM } from '../addresses.ts'
import { RUNNER } from '../harness/machine.ts'
import type { RunnerProcess, World } from '../harness/world.ts'
import type { Level } from './level.ts'
import { POLICY } from './policy.ts'
import { bundle, deriveSidecarLaunch } from './sidecar-launch.ts'

export const RELAY_UID = 1_900_000_001
export const SIDECAR_UID = 1_900_000_002
const BASE = '/var/lib/setup-agent-proxy'

/** The enforced level as the action starts it, and handles on its parts for those who want to harm them. */
export interface EnforcedLevel extends Level {
  readonly ready: Extract<GuardReply, { kind: 'ready' }>
  readonly runner: RunnerProcess
  /** Base URL of the sidecar's management port. */
  readonly managementUrl: string
  /** Ends the job, as the runner does: its process goes. Resolves when the guard has gone, too. */
  readonly endJob: () => Promise<void>
}

export async function startEnforced(world: World, policy: Policy = POLICY): Promise<EnforcedLevel> {
  const runner = await world.startRunner()
  const runId = `run-${runner.pid}`
  const config = createConfig(world, { runner, runId, policy })
  await world.machine.root(`mkdir -p ${BASE}`)
  const guard = world.machine.start(['node', '--disable-sigusr1', config.bundles.guard], {
    user: 'root',
    environment: {},
  })
  const replies: GuardReply[] = []
  const lines = guard.child.stdout
  if (lines === null || guard.child.stdin === null) throw new Error('The guard has no pipes.')
  const ready = new Promise<Extract<GuardReply, { kind: 'ready' }>>((resolve, reject) => {
    createInterface({ input: lines }).on('line', (line) => {
      const reply = JSON.parse(line) as GuardReply
      replies.push(reply)
      if (reply.kind === 'ready') resolve(reply)
      if (reply.kind === 'failed') reject(new Error(`The guard did not start: ${reply.reason}`))
    })
    void guard.outcome.then(({ code, output }) => reject(new Error(`The guard ended with ${code}: ${output}`)))
  })
  guard.child.stdin.end(JSON.stringify(config))
  const said = await ready
  const endJob = async (): Promise<void> => {
    const gone = `while [ -d /proc/${said.guardPid} ]; do sleep 0.02; done`
    await world.machine.root(`kill -9 ${runner.pid}; timeout 100 bash -c '${gone}'`)
  }
  const proxy = `http://127.0.0.1:${said.proxyPort}`
  const start = (line: string, user: 'runner' | 'root', environment: Readonly<Record<string, string>>) =>
    world.machine.start(['timeout', '-k', '1', '25', 'bash', '-c', line], { user, environment })
  return {
    ready: said,
    runner,
    managementUrl: `http://127.0.0.1:${findReady(replies)?.managementPort}`,
    environment: { PROXY: proxy, ANYPROXY: proxy, MODEL: findModelUrl(replies), MODELTOKEN: RUN_TOKENS.other },
    run: (one, { environment }) => start(one.script, one.kind === 'use' ? one.user : 'runner', environment),
    runLater: (line, { environment }) => start(line, 'runner', environment),
    listInterruptions: async () => {
      const { output } = await world.machine.root(`cat ${BASE}/${runId}/logs/firewall.jsonl`)
      return output.split('\n').filter((line) => /"(relay-restarted|rules-changed)"/.test(line))
    },
    endJob,
    stop: endJob,
  }
}

function findModelUrl(replies: readonly GuardReply[]): string {
  const ready = findReady(replies)
  return ready === undefined ? '' : `http://127.0.0.1:${ready.ports.openai}/v1`
}

function findReady(replies: readonly GuardReply[]): Extract<SidecarReply, { kind: 'ready' }> | undefined {
  for (const each of replies) if (each.kind === 'sidecar' && each.reply.kind === 'ready') return each.reply
  return undefined
}

interface Job {
  readonly runner: RunnerProcess
  readonly runId: string
  readonly policy: Policy
}

function createConfig(world: World, { runner, runId, policy }: Job): GuardConfig {
  const watch = { pid: runner.pid, startTime: runner.startTime }
  return {
    version: 1,
    runId,
    runnerUid: RUNNER.uid,
    runnerGid: RUNNER.gid,
    runnerName: RUNNER.name,
    relayUid: RELAY_UID,
    sidecarUid: SIDECAR_UID,
    watch,
    relay: {
      version: 1,
      runId,
      policy,
      entrance: { kind: 'redirect' },
      nameservers: [NAME_SERVER.v4],
      hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n127.0.1.1 runner-machine\n',
      upstreamProxy: null,
    },
    privileges: { sudo: 'off', docker: 'off' },
    rootAddresses: [METADATA, PLATFORM],
    directory: path.join(BASE, runId),
    bundles: {
      relay: bundle('relay'),
      guard: bundle('guard'),
      sidecar: bundle('sidecar'),
      worker: bundle('worker'),
      credentialProcess: bundle('credential-process'),
    },
    node: '/mnt/stage/bin/node',
    sidecar: {
      ...deriveSidecarLaunch(world, runner, path.join(BASE, runId, 'logs', 'firewall.jsonl')),
      environment: {},
    },
    maxAgeMs: 3_600_000,
  }
}
