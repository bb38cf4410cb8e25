import type { PlannedChain, PlannedRule, RedirectPorts } from './plan.ts'

// Rules that both levels have.

/** One planned rule; an empty match is every packet. */
export function rule(name: string, match: string, action: string): PlannedRule {
  return { name, match, action }
}

/** 127.0.0.0/8, ::1 and every address of the machine's own: development servers and the sidecar stay reachable. */
export function deriveOwnAddressesRule(action: 'accept' | 'return'): PlannedRule {
  return rule('own-addresses', 'fib daddr type local', action)
}

/**
 * Which new flows go to the relay: names asked anywhere, own addresses included (a local stub would ask outside), then every TCP
 * connection to elsewhere.
 * @param free rules for what keeps its destination.
 */
export function deriveDivertRules(ports: RedirectPorts, free: readonly PlannedRule[]): readonly PlannedRule[] {
  return [
    rule('dns-udp', 'udp dport 53', `redirect to :${ports.dnsUdp}`),
    // A packet from the middle of a connection is none that the relay could answer; the filter refuses it.
    rule('opened-before', 'tcp flags & (fin | syn | rst | ack) != syn', 'return'),
    rule('dns-tcp', 'tcp dport 53', `redirect to :${ports.dnsTcp}`),
    deriveOwnAddressesRule('return'),
    ...free,
    rule('tls', 'tcp dport 443', `redirect to :${ports.tls}`),
    rule('http', 'tcp dport 80', `redirect to :${ports.http}`),
    rule('tcp', 'meta l4proto tcp', `redirect to :${ports.tcp}`),
  ]
}

const WITH_PORTS = 'meta l4proto { tcp, udp, udplite, sctp, dccp }'

/**
 * Records a packet in the set of its kind, then gives the verdict. The last rule gives it to what has no set or found its set full: a
 * statement that fails ends its rule, and must not end the refusal.
 */
export function deriveRecordRules(owner: 'owned' | 'unowned', verdict: string): readonly PlannedRule[] {
  const uid = owner === 'owned' ? 'meta skuid . ' : ''
  const ported = owner === 'owned' ? 'dropped' : 'unowned'
  const record = (set: string, fields: string): string => `update @${set} { ${uid}${fields} counter } ${verdict}`
  const portless = (family: 4 | 6): PlannedRule =>
    rule(`record-portless${family}`, '', record(`portless${family}`, `${WORDS[family]} daddr . meta l4proto`))
  return [
    rule('record4', WITH_PORTS, record(`${ported}4`, 'ip daddr . meta l4proto . th dport')),
    rule('record6', WITH_PORTS, record(`${ported}6`, 'ip6 daddr . meta l4proto . th dport')),
    ...(owner === 'owned' ? [portless(4), portless(6)] : []),
    rule('rest', '', verdict),
  ]
}

const WORDS = { 4: 'ip', 6: 'ip6' } as const

/** Refused at once and with a reason, so that a client goes on (QUIC falls back to TCP) instead of waiting for a timeout. */
export function deriveRefuseChain(): PlannedChain {
  return {
    name: 'refuse',
    rules: [
      rule('tcp', 'meta l4proto tcp', 'reject with tcp reset'),
      // `type` is needed by older nft and allowed by newer.
      rule('others', '', 'reject with icmpx type admin-prohibited'),
    ],
  }
}
