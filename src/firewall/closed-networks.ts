/**
 * Networks that a name on an allow-list must not lead to: whoever owns the name chooses its address. The first list is refused for every
 * name, the second also for all but the customer's own servers.
 */
export const NEVER_NETWORKS = [
  '0.0.0.0/8', // this host
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, cloud metadata
  '168.63.129.16/32', // Azure's agent and resolver
  '100.100.100.200/32', // Alibaba's metadata
  '192.0.0.192/32', // Oracle's metadata
  '198.18.0.0/15', // what our DNS answerer makes up
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '::/96', // unspecified, loopback, old IPv4 forms
  '64:ff9b::/96', // NAT64: an IPv4 address inside
  '64:ff9b:1::/48',
  '2002::/16', // 6to4: likewise
  '2001::/32', // Teredo: likewise
  'fd00:ec2::254/128', // AWS metadata
  'fe80::/10', // link-local
  'ff00::/8', // multicast
] as const

export const PRIVATE_NETWORKS = [
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT
  '172.16.0.0/12',
  '192.0.0.0/24', // protocol assignments
  '192.168.0.0/16',
  'fc00::/7',
  'fec0::/10', // old site-local
] as const
