import type { RelayConfig } from '../../core/egress-config.ts'
import { parseHosts } from '../../core/egress-wire/parse-hosts.ts'
import type { Hostname } from '../../core/hostname.ts'
import { createAdmission } from './admission.ts'
import { createDnsAnswerer } from './answer-dns.ts'
import type { ClientOrigin } from './client.ts'
import { createDialer } from './dialer.ts'
import { createEntrances, type InspectedPorts } from './entrances.ts'
import { createEventTally } from './event-tally.ts'
import { createOriginFinder, type OriginFinder } from './find-origin.ts'
import { createNamePool } from './name-pool.ts'
import { type Door, type FindOriginAt, openEntrance } from './open-entrance.ts'
import type { RelayContext, RelayLimits } from './relay-context.ts'
import type { RelayPolicy } from './relay-policy.ts'
import type { ReplyChannel } from './reply-channel.ts'
import { createResolver } from './resolver.ts'
import { createWitness } from './witness.ts'

export interface RelaySurroundings {
  readonly policy: RelayPolicy
  readonly replies: ReplyChannel
  readonly limits: RelayLimits
  readonly originFinder?: OriginFinder
  readonly inspectedPorts?: InspectedPorts
}

export interface Relay {
  /** Stops listening, cuts what is open, writes the last lines. */
  close(): Promise<void>
}

const CLOSING_TURNS = 4

/**
 * Starts the relay and says `ready`.
 * @throws Error with a system code when it cannot listen
 */
export async function runRelay(config: RelayConfig, surroundings: RelaySurroundings): Promise<Relay> {
  const { policy, replies, limits } = surroundings
  const tally = createEventTally(
    (tallied) => replies.send({ kind: 'event', ...tallied }),
    () => performance.now(),
  )
  const names = createNamePool()
  const admission = createAdmission(names, limits.mostClients)
  const resolver = createResolver(config)
  const context: RelayContext = {
    policy,
    names,
    limits,
    dialer: createDialer({
      ...{ resolver, upstreamProxy: config.upstreamProxy, mayFollow: policy.mayFollow },
      extraCa: config.extraCa ?? [],
    }),
    countClients: () => admission.count(),
    report: (tallied) => tally.add(tallied),
  }
  const isNamed = (name: Hostname): boolean => isNamedBy(policy, name)
  const answerDns = createDnsAnswerer({ hosts: parseHosts(config.hosts), isNamed }, names)
  const inspectedPorts = surroundings.inspectedPorts ?? { tls: 443, http: 80 }
  const entrances = createEntrances({ context, admission, answerDns, inspectedPorts })
  const finder = surroundings.originFinder ?? createOriginFinder()
  const find = createDoorFinder(finder, { policy, inspectedPorts })
  const findOrigin = config.entrance.kind === 'redirect' ? tellOpened(find, replies) : find
  const opened = await openEntrance(config, { entrances, findOrigin, limits })
  replies.send({ kind: 'ready', ports: opened.ports })
  return {
    async close() {
      opened.close()
      admission.closeAll()
      finder.close()
      // Closed connections write their lines in their own events: those of the client's end, then of the far side's.
      for (let turn = 0; turn < CLOSING_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      tally.flush()
      await replies.close()
    },
  }
}

type Doors = Pick<RelaySurroundings, 'policy'> & { readonly inspectedPorts: InspectedPorts }

/** Only where what was dialled decides does the connection wait for the look-up. */
function createDoorFinder(finder: OriginFinder, { policy, inspectedPorts }: Doors): FindOriginAt {
  const ports: Readonly<Record<Door, number | null>> = { ...inspectedPorts, tcp: null, proxy: null }
  const isUrgent: Readonly<Record<Door, boolean>> = {
    tls: policy.needsOrigin(inspectedPorts.tls),
    http: policy.needsOrigin(inspectedPorts.http),
    tcp: true,
    proxy: false,
  }
  return (socket, door): Promise<ClientOrigin> => finder.find(socket, { port: ports[door], isUrgent: isUrgent[door] })
}

/** Tells the guard of each client while it still holds its socket: at the end of a connection its program may be gone. */
function tellOpened(find: FindOriginAt, replies: ReplyChannel): FindOriginAt {
  const witness = createWitness(replies)
  return async (socket, door) => {
    const origin = await find(socket, door)
    return origin.inode === null ? origin : { ...origin, awaitSeen: witness.tell(origin.inode) }
  }
}

/** True when some rule is about this name, be it for another port. */
function isNamedBy(policy: RelayPolicy, name: Hostname): boolean {
  const decision = policy.decideName({ name, port: 443, scheme: 'https' })
  return decision.verdict === 'allowed' || decision.reason === 'port-not-allowed'
}
