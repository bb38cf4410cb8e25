import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { RelayConfig, RelayPorts, RelayReply } from '../../src/core/egress-config.ts'
import type { Policy } from '../../src/core/policy/policy.ts'
import { deriveRulePlan } from '../../src/firewall/derive-rule-plan.ts'
import { deriveRouteCommands, renderNft } from '../../src/firewall/render-nft.ts'
import { CONTENDER_CORE, keep, stopProgram } from '../machine/children.ts'
import { RELAY_UID, RULES, SIDECAR_UID } from './egress-facts.ts'
import type { EgressStage } from './egress-stage.ts'

export interface StartedRelay {
  readonly ports: RelayPorts
  readonly pid: number
  stop(): Promise<void>
}

/** The built relay as the guard starts it: under its own uid, on ports that the real rules lead to. */
export async function startRedirectedRelay(
  stage: EgressStage,
  relay: { readonly build: string; readonly directory: string },
): Promise<StartedRelay> {
  const { machine } = stage
  if (machine === null) throw new Error('Redirected connections need root')
  const started = await start(stage, relay, { kind: 'redirect' })
  const plan = deriveRulePlan({
    kind: 'enforced',
    mode: 'block',
    ports: started.ports,
    relayUid: RELAY_UID,
    sidecarUid: SIDECAR_UID,
    rootAddresses: [],
    containerNetworks: [],
  })
  for (const command of deriveRouteCommands(plan).add) await machine.run('ip', ...command)
  await machine.feed(renderNft(plan), 'nft', '-f', '-')
  return started
}

/** The relay of the cooperative level: only its forward proxy. */
export function startProxyRelay(
  stage: EgressStage,
  relay: { readonly build: string; readonly directory: string },
): Promise<StartedRelay> {
  return start(stage, relay, { kind: 'proxy-only' })
}

async function start(
  stage: EgressStage,
  { build, directory }: { readonly build: string; readonly directory: string },
  entrance: RelayConfig['entrance'],
): Promise<StartedRelay> {
  // The account of the relay cannot read a checkout in somebody's home.
  const place = join(directory, `relay-${entrance.kind}-${process.hrtime.bigint()}`)
  mkdirSync(place)
  cpSync(join(build, 'relay'), place, { recursive: true })
  chmodSync(directory, 0o755)
  if (stage.machine !== null) chownSync(place, RELAY_UID, RELAY_UID)
  const rights = [
    '--permission',
    '--disable-warning=SecurityWarning',
    `--allow-fs-read=${place}`,
    '--allow-fs-read=/proc/*',
  ]
  const node = [process.execPath, '--disable-sigusr1', ...rights, join(place, 'index.js')]
  const child = keep(
    spawn('taskset', ['-c', String(CONTENDER_CORE), ...enter(stage), ...node], {
      stdio: ['pipe', 'inherit', 'inherit', 'pipe'],
      env: {},
    }),
  )
  child.stdin?.end(JSON.stringify(renderConfig(stage, entrance)))
  const ports = await waitUntilReady(child)
  return { ports, pid: child.pid ?? 0, stop: () => stopProgram(child) }
}

/** What comes before a program so that it runs in the machine's namespace under the relay's uid. */
export function enter({ machine }: EgressStage): readonly string[] {
  if (machine === null) return []
  const account = ['--reuid', String(RELAY_UID), '--regid', String(RELAY_UID), '--clear-groups', '--']
  return ['nsenter', '--target', machine.pid, '--net', '--', 'setpriv', ...account]
}

export function renderPolicy({ machine, address, ...stage }: EgressStage): Policy {
  const origin = { kind: 'topology', reason: 'bench' } as const
  // On loopback there is no name that could be followed: an address rule is the only way.
  const ports = machine === null ? [stage.rawPort, stage.tlsPort, stage.silentPort] : []
  const addresses = ports.map((port) => ({ network: address, port, origin }))
  const hosts = RULES.map((rule) => ({ kind: 'host' as const, ...rule, mayBePrivate: false, origin }))
  return { mode: 'block', hosts, addresses, denied: [] }
}

function renderConfig(stage: EgressStage, entrance: RelayConfig['entrance']): RelayConfig {
  return {
    version: 1,
    runId: 'bench',
    policy: renderPolicy(stage),
    entrance,
    nameservers: stage.machine === null ? [] : [stage.address],
    hosts: '',
    upstreamProxy: null,
    ports: null,
  }
}

async function waitUntilReady(child: ChildProcess): Promise<RelayPorts> {
  const { promise, resolve, reject } = Promise.withResolvers<RelayPorts>()
  const log = child.stdio[3] as Readable
  createInterface({ input: log }).once('line', (line) => {
    const reply = JSON.parse(line) as RelayReply
    if (reply.kind === 'ready') resolve(reply.ports)
    else if (reply.kind === 'failed') reject(new Error(`The relay failed: ${reply.reason}`))
    // From now on its log is taken and not looked at, like one that goes to a file.
    log.removeAllListeners('data').resume()
  })
  child.once('exit', () => reject(new Error('The relay ended before it was ready')))
  return promise
}
