import { isIP } from 'node:net'
import { parseHosts } from '../../src/core/egress-wire/parse-hosts.ts'
import { parseNameservers } from '../../src/core/parse-resolv-conf.ts'
import { findTcpLine, parseEndpoint, parseLocalEnd, parseTcpLine, renderEndpoint } from '../../src/core/tcp-table.ts'
import { parseDropped } from '../../src/firewall/dropped-packets.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

const SEEDS = [
  'nameserver 192.0.2.53\nnameserver 127.0.0.53\nnameserver fe80::1%eth0\nsearch corp.example # x\n',
  '127.0.0.1 localhost\n10.0.0.7 Box. box.corp # x\n::1 ip6-localhost\n',
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1001        0 12345 1 0 20 4 30 10 -1\n',
  '{"nftables":[{"set":{"name":"udp4","elem":[{"elem":{"val":{"concat":[1001,"192.0.2.1","udp",53]},"counter":{"packets":3,"bytes":9}}}]}}]}',
]
const WORDS = [
  'nameserver ',
  '192.0.2.1',
  '::1',
  'example',
  '%eth0',
  '#',
  ';',
  '\n',
  '\t',
  ': ',
  '0100007F:1F90',
  '00000000000000000000000001000000:0016',
  '"elem":',
  '"concat":[',
  '"packets":-1',
  '999.1.1.1',
  'nameserver ns.example\n',
]

export interface MachineSubject {
  readonly parseNameservers: typeof parseNameservers
}

/** Texts that the machine gives: resolv.conf, hosts, /proc/net/tcp, listings of nft. */
export function createMachineTextsTarget(subject: MachineSubject = { parseNameservers }): Target {
  return {
    name: 'machine-texts',
    reads: 'resolv.conf, hosts, /proc/net/tcp, listings of nft',
    seeds: SEEDS.map((text) => Buffer.from(text)),
    words: WORDS,
    generate: (dice) => Buffer.from(Array.from({ length: 1 + dice.below(4) }, () => generateLine(dice)).join('\n')),
    mustReach: ['nameservers', 'hosts', 'dropped', 'sockets', 'nothing'],
    check: (input) => {
      const text = input.toString('utf8')
      const servers = subject.parseNameservers(text)
      for (const server of servers) demand(isIP(server) !== 0, 'a name server is an address', () => server)
      const hosts = parseHosts(text)
      for (const address of [...hosts.values()].flat()) demand(isIP(address) !== 0, 'a host of the table has addresses')
      const dropped = parseDropped(text)
      for (const { packets, address } of dropped)
        demand(
          Number.isSafeInteger(packets) && packets >= 0 && isIP(address) !== 0,
          'what was dropped is a count and an address',
        )
      const hasSocket = text.split('\n').map(checkSocketLine).includes(true)
      findTcpLine(text, '0100007F:1F90', '0100007F:D431')
      if (dropped.length > 0) return 'dropped'
      if (servers.length > 0) return 'nameservers'
      if (hasSocket) return 'sockets'
      return hosts.size > 0 ? 'hosts' : 'nothing'
    },
  }
}

/** @returns true for a line that is one of a socket. */
function checkSocketLine(line: string): boolean {
  const { local } = parseTcpLine(line)
  if (!/^([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4}$/.test(local)) return false
  demand(parseLocalEnd(`${line} `) === local, 'the end of a socket is found without reading the line')
  const { address, port } = parseEndpoint(local)
  demand(isIP(address) !== 0, 'the end of a socket is an address', () => local)
  const isMapped = /^0{16}FFFF0000/.test(local)
  if (!isMapped) demandEqual(renderEndpoint(address, port), local, 'the end of a socket renders back')
  return true
}

function generateLine(dice: Dice): string {
  const hex = (length: number): string => dice.bytes(length).toString('hex').toUpperCase()
  const address = dice.pick([
    '192.0.2.53',
    '127.0.0.53',
    '::1',
    'fe80::1%eth0',
    'ns.example',
    '999.1.1.1',
    '2001:DB8::5',
    '0x7f.1',
    '',
  ])
  return dice.pick([
    `nameserver ${address}`,
    `${address} name Other.name. # x`,
    `   1: ${hex(dice.pick([4, 16]))}:${hex(2)} ${hex(4)}:${hex(2)} 01 00000000:00000000 00:00000000 00000000  1001 0 ${dice.below(99_999)}`,
    `{"nftables":[{"set":{"name":"x","elem":[{"elem":{"val":{"concat":[${dice.pick(['1001,', '"bob",', ''])}"${address}","${dice.pick(['udp', 'icmp'])}",${dice.pick(['53', '"dns"', '-1'])}]},"counter":{"packets":${dice.pick(['1', '-1', '1e400', '2.5'])}}}}]}}]}`,
  ])
}
