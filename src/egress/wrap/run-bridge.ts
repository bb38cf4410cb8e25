import type { Socket } from 'node:net'
import type { BridgeOpening } from '../../core/bridge-opening.ts'
import type { BridgeLaunch, BridgeReply } from '../../core/wrapper/agent-exec-config.ts'
import { askRelay, carryConnection } from './carry-connection.ts'
import { findDialled } from './find-dialled.ts'
import { type Entrance, listenInside } from './listen-inside.ts'
import { type InsidePorts, type RedirectRules, raiseLoopback, redirectAll } from './prepare-network.ts'
import { type StartedCommand, startCommand } from './start-command.ts'
import { createWrappedProcesses } from './wrapped-processes.ts'

export interface BridgePorts {
  readonly reply: (reply: BridgeReply) => void
  readonly warn: (text: string) => void
  readonly kill: (pid: number, signal: string) => void
  readonly renderRules: (ports: InsidePorts) => RedirectRules
}

export interface Bridge {
  /** Sends a signal to the command, once it runs. */
  readonly signal: (name: string) => void
  /** The command's exit code, or the code of a failed start. */
  readonly ended: Promise<number>
}

type Processes = ReturnType<typeof createWrappedProcesses>

/**
 * The bridge: the only process that is in the wrapped network and can reach the relay. It opens the ports, loads the rules, and
 * only then starts the command, which is never without them. It decides nothing.
 */
export function runBridge(launch: BridgeLaunch, ports: BridgePorts): Bridge {
  let processes: Processes | undefined
  const waiting: string[] = []
  const carrier = createCarrier(launch, ports, () => processes)
  const signal = (name: string): void => {
    const pid = processes?.findCommand()
    if (pid === undefined) waiting.push(name)
    else ports.kill(pid, name)
  }
  const run = async (): Promise<number> => {
    const command = await start(launch, carrier, ports)
    processes = createWrappedProcesses(command.pid)
    for (const name of waiting.splice(0)) signal(name)
    return command.ended
  }
  return { signal, ended: run() }
}

async function start(launch: BridgeLaunch, carrier: Carrier, { renderRules }: BridgePorts): Promise<StartedCommand> {
  const { tools } = launch.config
  await raiseLoopback(tools)
  await redirectAll(tools, renderRules(await listenInside(launch.config, carrier)))
  return startCommand(launch)
}

interface Carrier {
  readonly onConnection: (client: Socket, entrance: Entrance) => void
  readonly onDatagram: (message: Buffer) => Promise<Buffer | undefined>
}

function createCarrier(launch: BridgeLaunch, ports: BridgePorts, getProcesses: () => Processes | undefined): Carrier {
  let isWarned = false
  const door = {
    socketPath: launch.config.relaySocket,
    onClosed: (): void => {
      if (isWarned) return
      isWarned = true
      ports.warn('agent-exec: the relay of the firewall does not answer: nothing can reach the network.')
    },
  }
  const nobody = { address: null, port: null, uid: launch.uid, pid: null, program: null }
  return {
    onConnection: (client, entrance) => {
      const opening = describeClient(client, entrance, getProcesses())
      if (opening === undefined) client.resetAndDestroy()
      else carryConnection(client, { ...nobody, ...opening }, door)
    },
    onDatagram: (message) => askRelay(message, { ...nobody, entrance: 'dns' }, door),
  }
}

/** Whoever is gone before it could be looked up needs no connection any more: undefined. */
function describeClient(
  client: Socket,
  entrance: Entrance,
  processes: Processes | undefined,
): (Pick<BridgeOpening, 'entrance'> & Partial<BridgeOpening>) | undefined {
  const { remoteAddress, remotePort, localPort = 0 } = client
  if (remoteAddress === undefined || remotePort === undefined) return undefined
  if (entrance === 'dns') return { entrance }
  const dialled = findDialled({ address: remoteAddress, port: remotePort })
  const holder = dialled === undefined ? undefined : processes?.findHolder(dialled.inode)
  if (entrance === 'local') return { entrance, port: localPort, ...holder }
  if (entrance === 'proxy') return { entrance, ...holder }
  return dialled === undefined ? undefined : { entrance, address: dialled.address, port: dialled.port, ...holder }
}
