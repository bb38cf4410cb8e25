import { deriveRulePlan } from '../../../src/firewall/derive-rule-plan.ts'
import { type DroppedPackets, parseDropped } from '../../../src/firewall/dropped-packets.ts'
import { type EnforcedFacts, RECORDS, type RuleFacts, type RulePlan, TABLE } from '../../../src/firewall/plan.ts'
import { deriveRouteCommands, renderNft } from '../../../src/firewall/render-nft.ts'
import { Namespace } from '../../support/network-lab.ts'

export const ROOT = 0
export const RUNNER = 1001
export const RELAY = 1_900_000_001
export const SIDECAR = 1_900_000_002

/** Ports inside a namespace of our own: nobody else can have them. */
export const PORTS = { tls: 4443, http: 4080, tcp: 4001, dnsUdp: 4053, dnsTcp: 4054 } as const

export const ENFORCED: EnforcedFacts = {
  kind: 'enforced',
  mode: 'block',
  ports: PORTS,
  relayUid: RELAY,
  sidecarUid: SIDECAR,
  rootAddresses: ['169.254.169.254', '168.63.129.16'],
  containerNetworks: ['172.17.0.0/16'],
}

export const OUTSIDE = '203.0.113.2'
export const OUTSIDE6 = '2001:db8::2'
export const METADATA = '169.254.169.254'
export const INSIDE = '203.0.113.1'
export const CONTAINER = '172.17.0.2'

/** This machine (`inside`), everything else (`outside`) and a container behind a bridge of this machine. */
export class RulesLab {
  readonly inside: Namespace
  readonly outside: Namespace
  readonly container: Namespace

  private constructor(inside: Namespace, outside: Namespace, container: Namespace) {
    this.inside = inside
    this.outside = outside
    this.container = container
  }

  static async create(): Promise<RulesLab> {
    const [inside, outside, container] = await Promise.all([Namespace.create(), Namespace.create(), Namespace.create()])
    await inside.join(outside, {
      here: { name: 'up0', addresses: [`${INSIDE}/24`, '2001:db8::1/64'] },
      there: { name: 'down0', addresses: [`${OUTSIDE}/24`, `${METADATA}/32`, `${OUTSIDE6}/64`] },
    })
    await inside.join(container, {
      here: { name: 'docker0', addresses: ['172.17.0.1/16'] },
      there: { name: 'eth0', addresses: [`${CONTAINER}/16`] },
    })
    await inside.run('ip', 'route', 'add', 'default', 'via', OUTSIDE)
    await inside.run('ip', '-6', 'route', 'add', 'default', 'via', OUTSIDE6)
    await inside.run('sysctl', '-q', '-w', 'net.ipv4.ip_forward=1')
    await outside.run('ip', 'route', 'add', '172.17.0.0/16', 'via', INSIDE)
    await container.run('ip', 'route', 'add', 'default', 'via', '172.17.0.1')
    return new RulesLab(inside, outside, container)
  }

  /** Loads the rules and sets the routes, as the guard does. */
  async load(facts: RuleFacts): Promise<RulePlan> {
    const plan = deriveRulePlan(facts)
    for (const command of deriveRouteCommands(plan).add) await this.inside.run('ip', ...command)
    await this.inside.feed(renderNft(plan), 'nft', '--check', '-f', '-')
    await this.inside.feed(renderNft(plan), 'nft', '-f', '-')
    return plan
  }

  /** Stands in for the relay: says on each port, in both families, which port it is. */
  async startRelay(): Promise<void> {
    const ports = [PORTS.tls, PORTS.http, PORTS.tcp, PORTS.dnsTcp] as const
    const starts = ['127.0.0.1', '::1'].flatMap((host) => [
      ...ports.map((port) => this.inside.ask({ kind: 'tcp-serve', uid: RELAY, at: { host, port }, says: `${port}` })),
      this.inside.ask({ kind: 'udp-serve', uid: RELAY, at: { host, port: PORTS.dnsUdp }, says: `${PORTS.dnsUdp}` }),
    ])
    await Promise.all(starts)
  }

  /** Everything that the record sets hold. */
  async readDropped(): Promise<readonly DroppedPackets[]> {
    const answers = await Promise.all(
      RECORDS.map(({ name }) => this.inside.run('nft', '-j', 'list', 'set', 'inet', TABLE, name)),
    )
    return answers.flatMap(parseDropped)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of [this.inside, this.outside, this.container]) await namespace[Symbol.asyncDispose]()
  }
}
