import { chownSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { RelayConfig, RelayReply } from '../../../src/core/egress-config.ts'
import type { SidecarReply } from '../../../src/core/sidecar-config.ts'
import type { AgentExecConfig } from '../../../src/core/wrapper/agent-exec-config.ts'
import { RUN_TOKENS } from '../../support/sidecar-launch.ts'
import { NAME_SERVER } from '../addresses.ts'
import { RUNNER, type Running } from '../harness/machine.ts'
import type { RunnerProcess, World } from '../harness/world.ts'
import type { Level } from './level.ts'
import { POLICY } from './policy.ts'
import { bundle, deriveSidecarLaunch } from './sidecar-launch.ts'

const PLACE = '/home/runner/wrapped'
const SOCKET = `${PLACE}/relay/relay.sock`
const PROXY_PORT = 3128
const NODE = '/mnt/stage/bin/node'

/** The wrapped level as the action starts it: relay and sidecar as the runner's user, every case through agent-exec. */
export async function startWrapped(world: World): Promise<Level> {
  const runner = await world.startRunner()
  await world.machine.root(
    `mkdir -p ${PLACE}/relay && cp ${NODE} ${PLACE}/node && chown -R 1001:1001 ${PLACE} && chmod 111 ${PLACE}/node && chmod 700 ${PLACE}/relay`,
  )
  const sidecar = await startSidecar(world, runner)
  const relay = await startRelay(world, [sidecar.port])
  const config = path.join(world.stage, 'agent-exec.json')
  writeFileSync(config, JSON.stringify(createConfig([sidecar.port])))
  chownSync(config, RUNNER.uid, RUNNER.gid)
  const proxy = `http://127.0.0.1:${PROXY_PORT}`
  const plain = (line: string): string[] => ['timeout', '-k', '1', '25', 'bash', '-c', line]
  const wrap = ['timeout', '-k', '1', '30', 'node', bundle('agent-exec'), '/mnt/stage/agent-exec.json', '--']
  return {
    environment: {
      PROXY: proxy,
      ANYPROXY: proxy,
      MODEL: `http://127.0.0.1:${sidecar.port}/v1`,
      MODELTOKEN: RUN_TOKENS.other,
    },
    run: (one, { environment }) =>
      world.machine.start([...wrap, ...plain(one.script)], { user: 'runner', environment }),
    runLater: (line, { environment }) => world.machine.start(plain(line), { user: 'runner', environment }),
    listInterruptions: async () => {
      const ended = [relay, sidecar.running].filter(({ child }) => child.exitCode !== null || child.signalCode !== null)
      return ended.map(({ child }) => `${child.spawnargs.at(-1)} ended`)
    },
    stop: async () => {
      await world.machine.root(`kill -9 ${runner.pid}; pkill -9 -f 'dist/(relay|sidecar)/' || true`)
      await Promise.all([relay.outcome, sidecar.running.outcome])
      await world.machine.root(`rm -rf ${PLACE}`)
    },
  }
}

/** Starts a program as the runner's user from the execute-only node, and waits for the reply that says it is ready. */
async function startReplying<Reply extends { readonly kind: string }>(
  world: World,
  { args, message }: { readonly args: readonly string[]; readonly message: unknown },
): Promise<{ readonly running: Running; readonly ready: Extract<Reply, { kind: 'ready' }> }> {
  // Replies go to descriptor 3, the access log of the sidecar to 4.
  const line = 'exec 3>&1 4>/dev/null; exec "$@"'
  const command = ['bash', '-c', line, 'start', `${PLACE}/node`, ...args]
  const running = world.machine.start(command, { user: 'runner', environment: {} })
  const { stdin, stdout } = running.child
  if (stdin === null || stdout === null) throw new Error('It has no pipes.')
  const ready = new Promise<Extract<Reply, { kind: 'ready' }>>((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (text) => {
      const reply = JSON.parse(text) as Reply
      if (reply.kind === 'ready') resolve(reply as Extract<Reply, { kind: 'ready' }>)
    })
    void running.outcome.then(({ code, output }) => reject(new Error(`${args.at(-1)} ended with ${code}: ${output}`)))
  })
  stdin.end(JSON.stringify(message))
  return { running, ready: await ready }
}

async function startSidecar(world: World, runner: RunnerProcess): Promise<{ running: Running; port: number }> {
  const { message, arguments: args } = deriveSidecarLaunch(world, runner)
  const { running, ready } = await startReplying<SidecarReply>(world, { args, message })
  return { running, port: ready.ports.openai ?? 0 }
}

async function startRelay(world: World, forwardedPorts: readonly number[]): Promise<Running> {
  const message: RelayConfig = {
    version: 1,
    runId: 'wrapped',
    policy: POLICY,
    entrance: { kind: 'bridge', socketPath: SOCKET, forwardedPorts },
    nameservers: [NAME_SERVER.v4],
    hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n',
    upstreamProxy: null,
    ports: null,
  }
  const { running } = await startReplying<RelayReply>(world, { args: ['--disable-sigusr1', bundle('relay')], message })
  return running
}

function createConfig(forwardedPorts: readonly number[]): AgentExecConfig {
  return {
    version: 1,
    tools: { method: 'bwrap', bwrap: '/usr/bin/bwrap', nft: '/usr/sbin/nft', ip: '/usr/sbin/ip', env: '/usr/bin/env' },
    node: NODE,
    bridge: bundle('bridge'),
    relaySocket: SOCKET,
    forwardedPorts,
    proxyPort: PROXY_PORT,
    hiddenPaths: [],
    readOnlyPaths: [],
  }
}
