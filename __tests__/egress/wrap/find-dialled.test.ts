import { describe, expect, test } from '@jest/globals'
import { findDialled } from '../../../src/egress/wrap/find-dialled.ts'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const REST = '01 00000000:00000000 00:00000000 00000000 12345        0 4242 1 0000000000000000 20 4 30 10 -1\n'
const TCP = `${HEAD}   0: 0100007F:115B 020200C0:B2A4 ${REST.replace('4242', '1')}   1: 020200C0:B2A4 04030201:01BB ${REST}`
const TCP6 = `${HEAD}   0: 0000000000000000FFFF0000020200C0:0016 0000000000000000FFFF000004030201:0019 ${REST}   1: B80D0120000000000000000002000000:B192 B80D0120000000000000000005000000:01BB ${REST}`
const read = (path: string): string => (path.endsWith('6') ? TCP6 : TCP)

describe('findDialled()', () => {
  test.each([
    ['192.0.2.2', 0xb2a4, { address: '1.2.3.4', port: 443, inode: 4242 }],
    ['::ffff:192.0.2.2', 0xb2a4, { address: '1.2.3.4', port: 443, inode: 4242 }],
    ['192.0.2.2', 22, { address: '1.2.3.4', port: 25, inode: 4242 }],
    ['2001:db8::2', 0xb192, { address: '2001:db8::5', port: 443, inode: 4242 }],
  ])('%s port %d', (address, port, wanted) => {
    expect(findDialled({ address, port }, read)).toEqual(wanted)
  })

  test('a client that has gone is not mistaken for another with the same port', () => {
    expect(findDialled({ address: '127.0.0.1', port: 0xb2a4 }, read)).toBeUndefined()
  })
})
