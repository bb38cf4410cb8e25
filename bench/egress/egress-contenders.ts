import { execFileSync } from 'node:child_process'
import type { Contender } from '../contenders/contender.ts'
import type { Target } from '../load/connect.ts'
import { listTree } from '../machine/processes.ts'
import { REAL_CREDENTIAL } from '../wire-facts.ts'
import { CLIENT_UID, EGRESS_HOST, RELAY_UID } from './egress-facts.ts'
import type { EgressStage } from './egress-stage.ts'
import { type StartedRelay, startProxyRelay, startRedirectedRelay } from './relay.ts'
import { findSquid, startSquid } from './squid.ts'

export interface RelayBuild {
  readonly name: string
  /** The dist directory. */
  readonly build: string
  readonly directory: string
}

/** No firewall: an account that the rules let out. */
export function createStraight(stage: EgressStage): Contender {
  const way = { host: stage.address, ...(stage.machine === null ? {} : { uid: RELAY_UID }) }
  return { name: 'direct', ...renderTargets(stage, way), pids: () => [], stop: async () => undefined }
}

/** An agent whose connections the rules send to the relay. */
export async function createRedirected(stage: EgressStage, build: RelayBuild): Promise<Contender> {
  const relay = await startRedirectedRelay(stage, build)
  return { name: build.name, ...renderTargets(stage, { host: EGRESS_HOST, uid: CLIENT_UID }), ...renderLife(relay) }
}

/** A client that obeys HTTPS_PROXY. */
export async function createForward(stage: EgressStage, build: RelayBuild): Promise<Contender> {
  const relay = await startProxyRelay(stage, build)
  return { name: build.name, ...renderTargets(stage, deriveProxyWay(stage, relay.ports.proxy)), ...renderLife(relay) }
}

/** The same with Squid; undefined where it is not installed. */
export async function createSquid(
  stage: EgressStage,
  { directory, say }: { readonly directory: string; readonly say: (text: string) => void },
): Promise<Contender | undefined> {
  if (findSquid() === null) {
    say('squid is missing (Debian: apt-get install squid): ratios to it are not measured')
    return undefined
  }
  const squid = await startSquid(stage, directory)
  return { name: 'squid', ...renderTargets(stage, deriveProxyWay(stage, squid.port)), ...renderLife(squid) }
}

type Way = Partial<Target>

function deriveProxyWay({ machine, address }: EgressStage, proxyPort: number): Way {
  return machine === null ? { host: address, proxyPort } : { host: EGRESS_HOST, proxyPort, uid: CLIENT_UID }
}

/** `tls` leads to the TLS port, `plain` to the one for raw TCP. */
function renderTargets({ machine, ...stage }: EgressStage, way: Way): Pick<Contender, 'plain' | 'tls' | 'silent'> {
  const same = {
    authorization: `Bearer ${REAL_CREDENTIAL}`,
    serverName: EGRESS_HOST,
    ...way,
    ...(machine === null ? {} : { namespace: machine.pid }),
  }
  return {
    plain: { port: stage.rawPort, tls: false, ...same },
    tls: { port: stage.tlsPort, tls: true, ...same },
    silent: { port: stage.silentPort, tls: true, ...same },
  }
}

function renderLife({ pid, stop }: Pick<StartedRelay, 'pid' | 'stop'>): Pick<Contender, 'pids' | 'stop'> {
  return { pids: () => listTree(pid), stop }
}

/** Squid from Debian, where that is possible without asking for rights. */
export function installSquid(say: (text: string) => void): void {
  if (findSquid() !== null || process.getuid?.() !== 0) return
  say('installing squid from Debian')
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore' })
    execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'squid'], { stdio: 'ignore' })
  } catch {
    say('apt-get could not install it')
  }
}
