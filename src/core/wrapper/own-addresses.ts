/**
 * For `ip -batch`, by family: the wrapped network's own addresses, the dummy of RFC 7600 and one of RFC 6666's
 * range that leads nowhere, which no network has. Programs that look for an
 * address that is not loopback find one, and in IPv6 there is a source for connections to be redirected.
 */
export const ADDRESS_COMMANDS = {
  ipv4: 'link set lo up\naddress add 192.0.0.8/32 dev lo\n',
  ipv6: 'address add 100::8/128 dev lo nodad\n',
} as const
