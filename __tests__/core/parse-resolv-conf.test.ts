import { describe, expect, it } from '@jest/globals'
import { parseNameservers } from '../../src/core/parse-resolv-conf.ts'

describe('parseNameservers()', () => {
  it.each<[string, string[]]>([
    ['nameserver 192.0.2.1\nnameserver 2001:db8::1\n', ['192.0.2.1', '2001:db8::1']],
    ['nameserver 127.0.0.53\noptions edns0\n', []],
    ['nameserver ::1\nnameserver 10.0.0.2 # office\n', ['10.0.0.2']],
    ['  nameserver\t10.0.0.2  \nnameserver 10.0.0.2', ['10.0.0.2']],
    ['nameserver fe80::1%eth0', ['fe80::1%eth0']],
    ['nameserver dns.example.com 1', []],
    ['nameserver dns.example.com\nnameserver 10.0.0.2', ['10.0.0.2']],
    ['#nameserver 10.0.0.2\n;nameserver 10.0.0.3', []],
    ['', []],
  ])('reads %j as %j', (text, addresses) => {
    expect(parseNameservers(text)).toEqual(addresses)
  })
})
