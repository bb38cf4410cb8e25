import type { Socket } from 'node:net'
import type { BridgeOpening } from '../../core/bridge-opening.ts'
import type { BridgeLaunch } from '../../core/wrapper/agent-exec-config.ts'
import { createOriginFinder, type OriginFinder } from '../relay/find-origin.ts'
import { askRelay, carryConnection } from './carry-connection.ts'
import { type Entrance, listenInside } from './listen-inside.ts'
import { type InsidePorts, type RedirectRules, raiseLoopback, redirectAll } from './prepare-network.ts'
import { type StartedCommand, startCommand } from './start-command.ts'
import { createWrappedProcesses } from './wrapped-processes.ts'

export interface BridgePorts {
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

/** Between two looks whether the command runs by now, while a signal waits for it. */
const RETRY_MS = 20

type Processes = ReturnType<typeof createWrappedProcesses>

/**
 * The bridge: the only process that is in the wrapped network and can reach the relay. It opens the ports, loads the rules, and
 * only then starts the command, which is never without them. It decides nothing.
 */
export function runBridge(launch: BridgeLaunch, ports: BridgePorts): Bridge {
  let processes: Processes | undefined
  let timer: NodeJS.Timeout | undefined
  const waiting: string[] = []
  const carrier = createCarrier(launch, ports, () => processes)
  const flush = (): void => {
    clearTimeout(timer)
    const pid = processes?.findCommand()
    if (pid === undefined) timer = setTimeout(flush, RETRY_MS)
    else for (const name of waiting.splice(0)) ports.kill(pid, name)
  }
  const run = async (): Promise<number> => {
    const command = await start(launch, carrier, ports)
    processes = createWrappedProcesses(command.pid)
    return command.ended
  }
  const signal = (name: string): void => {
    waiting.push(name)
    flush()
  }
  return { signal, ended: run().finally(() => clearTimeout(timer)) }
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
  const finder = createOriginFinder()
  const nobody = { address: null, port: null, uid: launch.uid, pid: null, program: null }
  return {
    onConnection: (client, entrance) => {
      // One that breaks while it is looked up.
      client.on('error', () => undefined)
      void describeClient(client, entrance, finder).then(({ opening, inode }) => {
        // Its close has passed: nobody would end the relay's side.
        if (opening === undefined || client.destroyed) client.resetAndDestroy()
        else carryConnection(client, { ...nobody, ...opening, ...findHolder(getProcesses(), inode) }, door)
      })
    },
    onDatagram: (message) => askRelay(message, { ...nobody, entrance: 'dns' }, door),
  }
}

/** The port that leads to an entrance; at the others it may be any. */
const PORTS: Readonly<Partial<Record<Entrance, number>>> = { tls: 443, http: 80 }

interface Described {
  readonly opening: (Pick<BridgeOpening, 'entrance'> & Partial<BridgeOpening>) | undefined
  readonly inode: number | null
}

/** Whoever is gone before it could be looked up needs no connection any more: no opening. */
async function describeClient(client: Socket, entrance: Entrance, finder: OriginFinder): Promise<Described> {
  if (entrance === 'dns') return { opening: { entrance }, inode: null }
  const { localPort = 0 } = client
  const { original, inode } = await finder.find(client, { port: PORTS[entrance] ?? null, isUrgent: true })
  if (entrance === 'local') return { opening: { entrance, port: localPort }, inode }
  if (entrance === 'proxy') return { opening: { entrance }, inode }
  return { opening: original === null ? undefined : { entrance, ...original }, inode }
}

function findHolder(processes: Processes | undefined, inode: number | null) {
  return inode === null ? undefined : processes?.findHolder(inode)
}
