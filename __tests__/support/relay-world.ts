import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { RelayConfig, RelayPorts, RelayReply } from '../../src/core/egress-config.ts'
import type { EgressEvent } from '../../src/core/egress-event.ts'
import type { PolicyDecision } from '../../src/core/policy/policy.ts'
import { type ClientOrigin, UNKNOWN_ORIGIN } from '../../src/egress/relay/client.ts'
import type { RelayLimits } from '../../src/egress/relay/relay-context.ts'
import type { RelayPolicy } from '../../src/egress/relay/relay-policy.ts'
import { createReplyChannel } from '../../src/egress/relay/reply-channel.ts'
import { runRelay } from '../../src/egress/relay/run-relay.ts'
import { createFakeNameServer, type FakeNameServer } from './fake-name-server.ts'
import { waitUntil } from './wait-until.ts'

export interface WorldOptions {
  /** `https://name:port`, `http://name:port`, `tcp://name:port`, `10.0.0.5:443`. */
  readonly rules?: readonly string[]
  readonly mode?: 'block' | 'audit'
  readonly inspectedPorts?: { readonly tls: number; readonly http: number }
  readonly limits?: Partial<RelayLimits>
  readonly hosts?: string
  readonly entrance?: RelayConfig['entrance']
  readonly upstreamProxy?: RelayConfig['upstreamProxy']
  readonly extraCa?: readonly string[]
  /** Addresses that no name may lead to; without it loopback is where the fakes are and everything passes. */
  readonly closed?: readonly string[]
  readonly ports?: RelayPorts
  /** Who the clients of a forward proxy are; without it nobody. */
  readonly findOrigin?: () => Promise<ClientOrigin>
}

export interface RelayWorld extends AsyncDisposable {
  readonly ports: RelayPorts
  readonly names: FakeNameServer
  readonly events: readonly EgressEvent[]
  readonly replies: readonly RelayReply[]
  /** The next events, once there are so many. */
  waitForEvents(count: number): Promise<readonly EgressEvent[]>
  /** Connects to a door as a redirected client whose original destination is this. */
  enter(door: 'tls' | 'http' | 'tcp', original: { readonly address: string; readonly port: number }): Promise<Socket>
}

const LIMITS: RelayLimits = { firstBytesMs: 5000, idleRequestMs: 5000, mostClients: 5000 }

/** A relay in this process, with name servers and a policy of the test's own. */
export async function createRelayWorld(options: WorldOptions = {}): Promise<RelayWorld> {
  const names = await createFakeNameServer()
  const replies: RelayReply[] = []
  const origins = createOrigins()
  const isRedirect = (options.entrance ?? { kind: 'redirect' }).kind === 'redirect'
  const config = {
    version: 1,
    runId: 'test',
    policy: { mode: options.mode ?? 'block', hosts: [], addresses: [], denied: [] },
    entrance: options.entrance ?? { kind: 'redirect' },
    nameservers: [names.server],
    hosts: options.hosts ?? '',
    upstreamProxy: options.upstreamProxy ?? null,
    extraCa: options.extraCa ?? [],
    ports: options.ports ?? null,
  } satisfies RelayConfig
  const relay = await runRelay(config, {
    policy: createTestPolicy(options),
    replies: createReplyChannel(collect(replies)),
    limits: { ...LIMITS, ...options.limits },
    originFinder: {
      find: (socket) => {
        if (isRedirect) return origins.of(socket.remotePort ?? 0)
        return options.findOrigin?.() ?? Promise.resolve(UNKNOWN_ORIGIN)
      },
      close: () => undefined,
    },
    ...(options.inspectedPorts === undefined ? {} : { inspectedPorts: options.inspectedPorts }),
  })
  const ready = await waitUntil('the relay is ready', () => replies.find((reply) => reply.kind === 'ready'))
  const listEvents = (): EgressEvent[] =>
    replies.flatMap((reply) => (reply.kind === 'event' && reply.event.kind === 'egress' ? [reply.event] : []))
  return {
    ports: ready.ports,
    names,
    replies,
    get events() {
      return listEvents()
    },
    waitForEvents: (count) =>
      waitUntil(`there are ${count} events`, () => listEvents().length >= count && listEvents()),
    async enter(door, original) {
      const socket = connect({ host: '127.0.0.1', port: ready.ports[door], allowHalfOpen: true })
      await once(socket, 'connect')
      origins.set(socket.localPort ?? 0, { ...UNKNOWN_ORIGIN, original, uid: 1001, inode: 4711 })
      return socket
    },
    async [Symbol.asyncDispose]() {
      await relay.close()
      names.close()
    },
  }
}

function collect(replies: RelayReply[]): Writable {
  let rest = ''
  return new Writable({
    write(chunk, _encoding, done) {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() ?? ''
      replies.push(...lines.map((line) => JSON.parse(line) as RelayReply))
      done()
    },
  })
}

/** The kernel's knowledge of who dialled what, told by the test; asked before it was told, it waits. */
function createOrigins() {
  const known = new Map<number, PromiseWithResolvers<ClientOrigin>>()
  const at = (port: number): PromiseWithResolvers<ClientOrigin> => {
    const entry = known.get(port) ?? Promise.withResolvers<ClientOrigin>()
    known.set(port, entry)
    return entry
  }
  return {
    of: (port: number) => at(port).promise,
    set: (port: number, origin: ClientOrigin) => at(port).resolve(origin),
  }
}

function createTestPolicy({ rules = [], mode = 'block', closed = [] }: WorldOptions): RelayPolicy {
  const decideAddress = (address: string, port: number): PolicyDecision => {
    const rule = `${address}:${port}`
    return rules.includes(rule)
      ? { verdict: 'allowed', rule, mayBePrivate: true }
      : { verdict: 'blocked', reason: 'address-literal' }
  }
  return {
    mode,
    decideAddress,
    decideName({ name, port, scheme }) {
      if (/^[\d.]+$|:/.test(name)) return decideAddress(name, port)
      if (rules.includes(`!${name}`)) return { verdict: 'blocked', reason: 'denied', rule: `!${name}` }
      const rule = [`${scheme}://${name}:${port}`, `tcp://${name}:${port}`].find((each) => rules.includes(each))
      if (rule !== undefined) return { verdict: 'allowed', rule, mayBePrivate: false }
      const isNamed = rules.some((each) => each.includes(`//${name}:`))
      return { verdict: 'blocked', reason: isNamed ? 'port-not-allowed' : 'not-allowed' }
    },
    needsOrigin: (port) => rules.some((rule) => !/^https?:/.test(rule) && rule.endsWith(`:${port}`)),
    mayFollow: ({ address }) => !closed.includes(address),
  }
}
