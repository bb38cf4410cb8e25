/**
 * For `ip -batch`, by family: the wrapped network's own addresses, out of the ranges for documents. Programs that look for an
 * address that is not loopback find one, and in IPv6 there is a source for connections to be redirected.
 */
export const ADDRESS_COMMANDS = {
  ipv4: 'link set lo up\naddress add 192.0.2.2/32 dev lo\n',
  ipv6: 'address add 2001:db8::2/128 dev lo nodad\n',
} as const
