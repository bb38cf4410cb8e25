import { isIP } from 'node:net'
import { type EnforcedFacts, MADE_UP_NETWORK, type PlannedChain, type PlannedRule } from './plan.ts'
import {
  deriveDivertRules,
  deriveOwnAddressesRule,
  deriveRecordRules,
  deriveRefuseChain,
  rule,
} from './shared-rules.ts'

/**
 * One bit of the conntrack mark: Kubernetes, Cilium and others use the rest. It says «this flow was let out», so that packets without an
 * owner (late acknowledgements, resets) and answers from outside can be told from those of connections that were open before the start.
 */
const MARK = '0x20000000'
const LET_OUT = `ct mark set ct mark | ${MARK} accept`

/** Our redirects come before those of others (docker's stand at -100): a flow is translated once. */
const BEFORE_DOCKER = -110

/**
 * Lookups of the relay and the sidecar are tracked apart from everybody's. Otherwise whoever asks the same name server from every port leaves
 * flows behind that are redirected, and the next real lookup from one of these ports is taken for part of such a flow: it gets our own
 * made-up answer, and no allowed name can be reached for minutes. UDP only: TCP's late packets have no owner any more, and would get lost.
 */
const BEFORE_TRACKING = -300
const LOOKUP_ZONE = 20_053

/**
 * Lookups of everybody else begin anew, too: a flow is translated at its first packet only, so one from before the start (a port comes round
 * again) would go on to the machine's resolver, whose own old flows are refused.
 */
const DIVERTED_ZONE = 20_054

/**
 * The rules of the enforced level. Positive match only: who may go out is named, all else is refused. `meta skuid` does not match a packet
 * whose socket is gone, so «everybody but» would leak at the edges.
 */
export function deriveEnforcedChains(facts: EnforcedFacts): readonly PlannedChain[] {
  const policy = facts.mode === 'block' ? 'drop' : 'accept'
  const hook = { type: 'filter', priority: 0 } as const
  return [
    {
      name: 'divert',
      hook: { type: 'nat', on: 'output', priority: BEFORE_DOCKER, policy: 'accept' },
      rules: [
        rule('exempt', exempt(facts), 'return'),
        ...deriveDivertRules(facts.ports, [
          ...toContainers(facts, 'return'),
          ...rootToItsAddresses(facts, '', 'return'),
        ]),
      ],
    },
    ...deriveApart(facts),
    { name: 'leaving', hook: { ...hook, on: 'output', policy }, rules: deriveLeaving(facts) },
    { name: 'owned', rules: deriveOwned(facts) },
    { name: 'passing', hook: { ...hook, on: 'forward', policy }, rules: derivePassing(facts) },
    { name: 'arriving', hook: { ...hook, on: 'input', policy: 'accept' }, rules: deriveArriving(facts) },
    { name: 'departing', hook: { ...hook, on: 'postrouting', policy: 'accept' }, rules: deriveDeparting() },
    deriveRefuseChain(),
  ]
}

/**
 * In audit mode the answers stay in the common zone: those for containers, whose lookups pass there, could not be told from ours.
 */
function deriveApart(facts: EnforcedFacts): readonly PlannedChain[] {
  const hook = { type: 'filter', priority: BEFORE_TRACKING, policy: 'accept' } as const
  const direction = facts.mode === 'block' ? '' : 'original '
  const lookups = rule('lookups', `${exempt(facts)} udp dport 53`, `ct ${direction}zone set ${LOOKUP_ZONE}`)
  // Of one direction: the relay answers outside of it.
  const diverted = rule(
    'diverted-lookups',
    `meta skuid != { ${facts.relayUid}, ${facts.sidecarUid} } udp dport 53`,
    `ct original zone set ${DIVERTED_ZONE}`,
  )
  const asking: PlannedChain = { name: 'asking', hook: { ...hook, on: 'output' }, rules: [lookups, diverted] }
  if (facts.mode === 'audit') return [asking]
  const answers = rule('answers', 'iifname != "lo" udp sport 53', `ct zone set ${LOOKUP_ZONE}`)
  return [asking, { name: 'answered', hook: { ...hook, on: 'prerouting' }, rules: [answers] }]
}

/** Output of this machine, whoever sent it. */
function deriveLeaving(facts: EnforcedFacts): readonly PlannedRule[] {
  return [
    deriveOwnAddressesRule('accept'),
    rule('exempt', exempt(facts), LET_OUT),
    rule('exempt-untracked', exempt(facts), 'accept'),
    // From here on a packet with an owner is judged by its owner. Were the mark asked first, whoever binds the port of a closed socket of
    // the relay could send on in its flow.
    rule('owned', 'meta skuid != 4294967295', 'goto owned'),
    rule('neighbours', 'icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert }', 'accept'),
    rule('let-out', `ct mark & ${MARK} == ${MARK}`, 'accept'),
    ...toContainers(facts, 'accept'),
    // What the kernel answers to strangers (resets, echo replies) is no attempt to get out: not recorded.
    rule('answers', 'ct direction reply', facts.mode === 'block' ? 'drop' : 'accept'),
    ...deriveRecordRules('unowned', verdict(facts)),
  ]
}

/** Packets of a living socket that is neither the relay's nor the sidecar's. */
function deriveOwned(facts: EnforcedFacts): readonly PlannedRule[] {
  return [
    // An administrator's ssh session. Pulls from servers of other users get no answer.
    rule('root-answers', 'meta skuid 0 ct direction reply', LET_OUT),
    ...rootToItsAddresses(facts, ' tcp dport != 53', LET_OUT),
    ...toContainers(facts, LET_OUT),
    // A lease must be renewed. The port is privileged and the accounts are the system's.
    rule('lease4', 'meta skuid < 1000 udp sport 68 udp dport 67', LET_OUT),
    rule('lease6', 'meta skuid < 1000 udp sport 546 udp dport 547', LET_OUT),
    // Where conntrack was off before, root's half of an ssh session looks like a connection of root's own, until the next packet from
    // outside shows who called. A reset would end it.
    ...(facts.mode === 'block'
      ? [rule('root-unknown', 'meta skuid 0 ct state new tcp flags & syn != syn', 'drop')]
      : // Nobody has such an address: what was not redirected there is refused in audit too, so that QUIC falls back.
        [rule('made-up', `ip daddr ${MADE_UP_NETWORK}`, 'goto refuse')]),
    ...deriveRecordRules('owned', verdict(facts)),
  ]
}

/** What containers and virtual machines send through this machine. */
function derivePassing(facts: EnforcedFacts): readonly PlannedRule[] {
  const among = eachFamily(facts.containerNetworks).map(({ word, list, family }) =>
    rule(`among-containers${family}`, `${word} saddr ${list} ${word} daddr ${list}`, 'accept'),
  )
  return [
    ...among,
    rule('answers', 'ct direction reply', verdict(facts)),
    ...deriveRecordRules('unowned', verdict(facts)),
  ]
}

/** Answers to connections that were open before the start: a command channel would stay half open. */
function deriveArriving({ mode }: EnforcedFacts): readonly PlannedRule[] {
  if (mode === 'audit') return []
  return [
    rule('loopback', 'iifname "lo"', 'accept'),
    rule('not-let-out', `ct direction reply ct mark & ${MARK} == 0`, 'counter drop'),
  ]
}

/**
 * A socket that is bound to a device (no right is needed for that) sends what is redirected to 127.0.0.1 out through that device all the
 * same: the wire sees the bytes. Its real device is known only here. Not for audit to let pass: lookups never leave.
 */
function deriveDeparting(): readonly PlannedRule[] {
  return [
    rule('loopback', 'oifname "lo"', 'accept'),
    rule('elsewhere', 'fib daddr type != local', 'accept'),
    ...deriveRecordRules('owned', 'drop'),
  ]
}

function verdict({ mode }: EnforcedFacts): string {
  return mode === 'block' ? 'goto refuse' : 'accept'
}

function exempt({ relayUid, sidecarUid }: EnforcedFacts): string {
  return `meta skuid { ${relayUid}, ${sidecarUid} }`
}

function toContainers(facts: EnforcedFacts, action: string): readonly PlannedRule[] {
  return eachFamily(facts.containerNetworks).map(({ word, list, family }) =>
    rule(`containers${family}`, `${word} daddr ${list}`, action),
  )
}

/** TCP only, and never its port 53: the cloud's address answers DNS as well, which would carry names out. */
function rootToItsAddresses(facts: EnforcedFacts, ports: string, action: string): readonly PlannedRule[] {
  return eachFamily(facts.rootAddresses).map(({ word, list, family }) =>
    rule(`root-addresses${family}`, `meta skuid 0 ${word} daddr ${list} meta l4proto tcp${ports}`, action),
  )
}

interface FamilyList {
  readonly family: 4 | 6
  readonly word: 'ip' | 'ip6'
  readonly list: string
}

/** Addresses or networks by family, as nft sets; a family without any has no entry. */
function eachFamily(addresses: readonly string[]): readonly FamilyList[] {
  return ([4, 6] as const).flatMap((family) => {
    const mine = [...new Set(addresses)].filter((address) => isIP(address.split('/')[0] ?? '') === family)
    const word = family === 4 ? 'ip' : 'ip6'
    return mine.length === 0 ? [] : [{ family, word, list: `{ ${mine.join(', ')} }` } as const]
  })
}
