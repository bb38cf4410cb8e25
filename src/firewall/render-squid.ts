import { isIpLiteral, parseHostname } from '../core/hostname.ts'
import { ADDRESS_RANGES, type AddressRange } from '../core/policy/address-classes.ts'
import { createNetwork, type IpNetwork, renderIpNetwork } from '../core/policy/ip-address.ts'
import type { Policy } from '../core/policy/policy.ts'
import {
  type AddressGroup,
  deriveAddressGroups,
  deriveHostGroups,
  deriveNameLists,
  deriveOutermost,
  type HostGroup,
} from './squid-groups.ts'

export interface SquidOptions {
  /** Where Squid listens. An address, not a name. */
  readonly listen: { readonly address: string; readonly port: number }
  /** Absolute path of the log of decisions, or null for none. */
  readonly accessLog: string | null
  /** Absolute directory for cache.log, pid file and core dumps; null leaves Squid's own places. */
  readonly directory: string | null
  /** Name servers to ask; empty: those of the machine. */
  readonly nameservers: readonly string[]
}

/**
 * Renders the policy for a Squid (5 or newer, no TLS interception needed) that somebody runs as the only way out. Same lists, same
 * order: what a deny rule names is refused before anything is allowed, names are decided before they are looked up, and what no rule
 * allows is refused. Squid does not compare the name of CONNECT with the SNI inside: the file says so.
 * @throws RangeError when an option could not stand in the file.
 */
export function renderSquid(policy: Policy, options: SquidOptions): string {
  checkOptions(options)
  const hosts = deriveHostGroups(policy.hosts)
  const addresses = deriveAddressGroups(policy.addresses)
  return [
    ...renderHead(policy),
    ...renderProcess(options),
    '',
    ...renderBasics(),
    ...renderPorts(hosts, addresses),
    '',
    ...renderDenied(policy),
    ...hosts.flatMap((group) => renderHostGroup(group)),
    ...addresses.flatMap((group) => renderAddressGroup(group)),
    ...renderLast(policy),
    '',
  ].join('\n')
}

const MAPPED = '::ffff:0:0/96'
const NAT64 = createNetwork('64:ff9b::/96')

function renderHead({ mode }: Policy): readonly string[] {
  return [
    '# Egress policy of setup-agent-proxy for Squid. Generated: change the inputs of the action, not this file.',
    `# Mode: ${mode}.${mode === 'audit' ? ' Nothing is refused; the log says what block mode would refuse.' : ''}`,
    '# Limit: Squid reads the name that CONNECT asks for. Whether the TLS inside names the same server is not seen.',
    '',
  ]
}

function renderProcess({ listen, accessLog, directory, nameservers }: SquidOptions): readonly string[] {
  const address = listen.address.includes(':') ? `[${listen.address}]` : listen.address
  return [
    `http_port ${address}:${listen.port}`,
    'visible_hostname setup-agent-proxy',
    // Nothing is kept, nothing is told to the outside about who asked.
    'cache deny all',
    'via off',
    'forwarded_for delete',
    'icp_port 0',
    'pinger_enable off',
    'shutdown_lifetime 1 second',
    // A name keeps the address that was checked for as long as a request takes: a short TTL must not change it in between.
    'negative_dns_ttl 60 seconds',
    // The Host header must be the name of the URL.
    'host_verify_strict on',
    ...(nameservers.length === 0 ? [] : [`dns_nameservers ${nameservers.join(' ')}`]),
    ...(directory === null
      ? []
      : [`cache_log ${directory}/cache.log`, `pid_filename ${directory}/squid.pid`, `coredump_dir ${directory}`]),
    // No path and no query: they may be secrets.
    'logformat egress %{%Y-%m-%dT%H:%M:%SZ}tg %note{verdict} %rm %>rd %>rP %>Hs %>st %<st',
    accessLog === null ? 'access_log none' : `access_log stdio:${accessLog} egress`,
  ]
}

function renderBasics(): readonly string[] {
  const list = (name: string, networks: readonly IpNetwork[]): string[] =>
    deriveOutermost(networks).map((network) => `acl ${name} dst ${network}`)
  const inside = (kind: AddressRange['class']): IpNetwork[] =>
    ADDRESS_RANGES.filter((range) => range.class === kind).map((range) => range.network)
  return [
    'acl connect method CONNECT',
    'acl plain proto HTTP',
    'acl literal dstdom_regex -n ^[0-9.]+$ :',
    // Squid keeps every IPv4 address in its mapped form, so that range would be all of IPv4. NAT64 hides an address from these lists.
    ...list('never', [...inside('closed').filter((network) => renderIpNetwork(network) !== MAPPED), NAT64]),
    ...list('private', inside('private')),
    'acl verdict_allowed annotate_transaction verdict=allowed',
    'acl verdict_refused annotate_transaction verdict=blocked',
    'acl verdict_would annotate_transaction verdict=would-block',
  ]
}

function renderPorts(hosts: readonly HostGroup[], addresses: readonly AddressGroup[]): readonly string[] {
  const ports = [...hosts, ...addresses].flatMap(({ port }) => (port === null ? [] : [port]))
  return [...new Set(ports)].sort((left, right) => left - right).map((port) => `acl port_${port} port ${port}`)
}

/** What a rule of the policy refuses, by name alone: no lookup, which would carry a name out. */
function renderDenied({ denied, mode }: Policy): readonly string[] {
  const { exact, below } = deriveNameLists(denied)
  const refuse = mode === 'audit' ? 'allow' : 'deny'
  const mark = mode === 'audit' ? 'verdict_would' : 'verdict_refused'
  return [
    '# Refused whatever is allowed below.',
    'http_access deny manager',
    'http_access deny !connect !plain',
    ...exact.map((name) => `acl denied dstdomain -n ${name}`),
    ...(exact.length === 0 ? [] : [`http_access ${refuse} denied ${mark}`]),
    ...renderBelow('denied', below),
    ...(below.length === 0 ? [] : [`http_access ${refuse} denied_below !denied_itself ${mark}`]),
    '',
  ]
}

function renderHostGroup({ id, scheme, port, mayBePrivate, exact, below }: HostGroup): readonly string[] {
  const method = scheme === 'http' ? 'plain !connect' : 'connect'
  // An address is asked for last, so that only allowed names are ever looked up.
  const address = mayBePrivate ? '!never' : '!never !private'
  const allow = (names: string): string =>
    `http_access allow ${method} port_${port} ${names} ${address} verdict_allowed`
  return [
    `# ${scheme}, port ${port}${mayBePrivate ? ', may be private' : ''}`,
    ...exact.map((name) => `acl ${id} dstdomain -n ${name}`),
    ...(exact.length === 0 ? [] : [allow(`${id} !literal`)]),
    ...renderBelow(id, below),
    ...(below.length === 0 ? [] : [allow(`${id}_below !${id}_itself !literal`)]),
    '',
  ]
}

/** `.example.com` is the name and all below it in Squid; a wildcard of ours is without the name itself. */
function renderBelow(id: string, below: readonly string[]): readonly string[] {
  return [
    ...below.map((name) => `acl ${id}_below dstdomain -n .${name}`),
    ...below.map((name) => `acl ${id}_itself dstdomain -n ${name}`),
  ]
}

function renderAddressGroup({ id, port, networks }: AddressGroup): readonly string[] {
  return [
    `# addresses, ${port === null ? 'every port' : `port ${port}`}`,
    ...networks.map((network) => `acl ${id} dst ${network}`),
    `http_access allow literal ${port === null ? '' : `port_${port} `}${id} verdict_allowed`,
    '',
  ]
}

function renderLast({ mode }: Policy): readonly string[] {
  return mode === 'audit'
    ? ['http_access allow verdict_would']
    : ['http_access deny verdict_refused', 'http_access deny all']
}

function checkOptions({ listen, accessLog, directory, nameservers }: SquidOptions): void {
  const addresses = [listen.address, ...nameservers].map(parseHostname)
  if (addresses.some((address) => address === undefined || !isIpLiteral(address)))
    throw new RangeError('Squid needs addresses to listen at and to ask, not names')
  if (!Number.isInteger(listen.port) || listen.port < 1 || listen.port > 65_535)
    throw new RangeError(`Squid needs a port from 1 to 65535, got ${listen.port}`)
  const paths = [accessLog, directory].filter((path) => path !== null)
  // A space or a line break would begin another word or directive.
  if (!paths.every((path) => /^\/[\w./@+-]*$/.test(path)))
    throw new RangeError('Squid needs absolute paths of letters, digits and . _ - / @ +')
}
