import type { RelayPorts } from '../egress-config.ts'

/** The wrapped network's own address: programs that look for one that is not loopback find it. From the range for documents. */
export const OWN_ADDRESS = '192.0.2.2'

/** For `ip -batch`: every address leads to the loopback interface, so that every connection gets as far as the rules. */
export const IPV4_ROUTES = `link set lo up
address add ${OWN_ADDRESS}/32 dev lo
route add default dev lo src ${OWN_ADDRESS}
`

/** For `ip -6 -batch`. A plain route over loopback refuses in IPv6; one of type local does not. */
export const IPV6_ROUTES = 'route add local default dev lo src ::1\n'

/**
 * The nft rules of the wrapped network. It has no way out at all: what is redirected reaches the bridge, everything else is
 * refused at once, so that the caller need not wait for a timeout.
 */
export function renderRedirectRules(ports: Omit<RelayPorts, 'proxy'>): string {
  return `table inet agent_exec {
  chain to_bridge {
    type nat hook output priority -100; policy accept;
    udp dport 53 redirect to :${ports.dnsUdp}
    tcp dport 53 redirect to :${ports.dnsTcp}
    ip daddr { 127.0.0.0/8, ${OWN_ADDRESS} } accept
    ip6 daddr ::1 accept
    tcp dport 443 redirect to :${ports.tls}
    tcp dport 80 redirect to :${ports.http}
    meta l4proto tcp redirect to :${ports.tcp}
  }
  chain no_way_out {
    type filter hook output priority 0; policy drop;
    ip daddr { 127.0.0.0/8, ${OWN_ADDRESS} } accept
    ip6 daddr ::1 accept
    meta l4proto tcp reject with tcp reset
    meta nfproto ipv4 reject with icmp admin-prohibited
    reject with icmpv6 admin-prohibited
  }
}
`
}
