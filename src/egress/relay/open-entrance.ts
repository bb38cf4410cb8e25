import { once } from 'node:events'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import type { BridgeOpening } from '../../core/bridge-opening.ts'
import type { RelayConfig, RelayPorts } from '../../core/egress-config.ts'
import type { Arrival, ClientOrigin } from './client.ts'
import type { Entrances } from './entrances.ts'
import { type Bound, bindTcp, bindUdp } from './listeners.ts'
import type { RelayContext } from './relay-context.ts'
import { serveBridge } from './serve-bridge.ts'
import { serveDnsDatagrams } from './serve-dns.ts'

export interface OpenedEntrance {
  /** 0 where there is no such listener. */
  readonly ports: RelayPorts
  close(): void
}

export interface EntranceMeans {
  readonly entrances: Entrances
  readonly findOrigin: FindOriginAt
  readonly limits: RelayContext['limits']
}

export type Door = 'tls' | 'http' | 'tcp' | 'proxy'
/** Looks up the client of a connection that came in at this door. */
export type FindOriginAt = (socket: Socket, door: Door) => Promise<ClientOrigin>

const NO_PORTS: RelayPorts = { tls: 0, http: 0, tcp: 0, dnsUdp: 0, dnsTcp: 0, proxy: 0 }

/** Opens the way in that the configuration names. @throws Error with a system code */
export function openEntrance(config: RelayConfig, means: EntranceMeans): Promise<OpenedEntrance> {
  const { entrance } = config
  const preferred = config.ports ?? NO_PORTS
  switch (entrance.kind) {
    case 'redirect':
      return openRedirect(preferred, means)
    case 'proxy-only':
      return openProxy(preferred, means)
    case 'bridge':
      return openBridge(entrance, means)
  }
}

async function openRedirect(preferred: RelayPorts, { entrances, findOrigin }: EntranceMeans): Promise<OpenedEntrance> {
  const bound: Bound[] = []
  const keep = async (binding: Promise<Bound>): Promise<number> => {
    const one = await binding
    bound.push(one)
    return one.port
  }
  const close = (): void => bound.forEach((one) => void one.close())
  const listen = (name: 'tls' | 'http' | 'tcp'): Promise<number> =>
    keep(bindTcp(preferred[name], (socket) => entrances[name]({ socket, findOrigin: (one) => findOrigin(one, name) })))
  try {
    const ports: RelayPorts = {
      tls: await listen('tls'),
      http: await listen('http'),
      tcp: await listen('tcp'),
      dnsUdp: await keep(bindUdp(preferred.dnsUdp, (socket) => serveDnsDatagrams(socket, entrances.answerDns))),
      dnsTcp: await keep(bindTcp(preferred.dnsTcp, (socket) => entrances.dns(socket))),
      proxy: await keep(bindProxy(preferred.proxy, { entrances, findOrigin })),
    }
    return { ports, close }
  } catch (error) {
    close()
    throw error
  }
}

async function openProxy(preferred: RelayPorts, means: EntranceMeans): Promise<OpenedEntrance> {
  const bound = await bindProxy(preferred.proxy, means)
  return { ports: { ...NO_PORTS, proxy: bound.port }, close: () => bound.close() }
}

type ProxyMeans = Pick<EntranceMeans, 'entrances' | 'findOrigin'>

function bindProxy(preferred: number, { entrances, findOrigin }: ProxyMeans): Promise<Bound> {
  const find = (socket: Socket): Promise<ClientOrigin> => findOrigin(socket, 'proxy').then(dropOriginal)
  return bindTcp(preferred, (socket) => entrances.proxy({ socket, findOrigin: find }))
}

// What the client dialled is the proxy itself.
const dropOriginal = (origin: ClientOrigin): ClientOrigin =>
  origin.original === null ? origin : { ...origin, original: null }

type BridgeEntrance = Extract<RelayConfig['entrance'], { kind: 'bridge' }>

async function openBridge(entrance: BridgeEntrance, { entrances, limits }: EntranceMeans): Promise<OpenedEntrance> {
  const { socketPath, forwardedPorts } = entrance
  const doors = {
    forwardedPorts,
    firstBytesMs: limits.firstBytesMs,
    open: (arrival: Arrival, opening: BridgeOpening) => pass(entrances, arrival, opening),
  }
  // A relay before this one may have left it behind.
  rmSync(socketPath, { force: true })
  const server = createServer(
    { allowHalfOpen: true, pauseOnConnect: true },
    (socket) => void serveBridge(socket, doors),
  )
  server.listen(socketPath)
  await once(server, 'listening')
  server.on('error', () => undefined)
  chmodSync(socketPath, 0o600)
  return { ports: NO_PORTS, close: () => void server.close() }
}

function pass(entrances: Entrances, arrival: Arrival, opening: BridgeOpening): void {
  switch (opening.entrance) {
    case 'tls':
    case 'http':
    case 'tcp':
    case 'proxy':
      entrances[opening.entrance](arrival)
      return
    case 'dns':
      entrances.dns(arrival.socket)
      return
    case 'local':
      return
  }
}
