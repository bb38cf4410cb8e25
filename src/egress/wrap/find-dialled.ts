import { readFileSync } from 'node:fs'

/** The client's end of a connection, as the kernel's table has it. */
export interface Dialled {
  /** What the client asked for, before the rules redirected it. */
  readonly address: string
  readonly port: number
  readonly inode: number
}

/**
 * Where a redirected connection was meant to go: the client's own line of `/proc/net/tcp` still names it. A dual-stack client
 * stands in the table of IPv6 also when it speaks IPv4.
 * @returns undefined when the client has already gone.
 */
export function findDialled(
  client: { readonly address: string; readonly port: number },
  readTable: (path: string) => string = readText,
): Dialled | undefined {
  const port = client.port.toString(16).toUpperCase().padStart(4, '0')
  const bytes = parseBytes(client.address)
  if (bytes.length === 4) {
    const found = parseLine(readTable('/proc/self/net/tcp'), `${renderWords(bytes)}:${port}`)
    return found ?? parseLine(readTable('/proc/self/net/tcp6'), `${renderWords([...MAPPED, ...bytes])}:${port}`)
  }
  return parseLine(readTable('/proc/self/net/tcp6'), `${renderWords(bytes)}:${port}`)
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

function parseLine(table: string, local: string): Dialled | undefined {
  const at = table.indexOf(`: ${local} `)
  if (at < 0) return undefined
  const end = table.indexOf('\n', at)
  // Local end, remote end, state, queues, timer, retransmits, uid, timeout, inode.
  const fields = table.slice(at + 2, end < 0 ? undefined : end).split(/\s+/)
  const [words = '', port = ''] = (fields[1] ?? '').split(':')
  const inode = Number(fields[8])
  const address = renderAddress(parseWords(words))
  return address === '' ? undefined : { address, port: Number.parseInt(port, 16), inode }
}

/** 32-bit words in host byte order, which is little-endian on every runner. */
function parseWords(words: string): number[] {
  return (words.match(/.{8}/g) ?? []).flatMap((word) =>
    (word.match(/../g) ?? []).reverse().map((pair) => Number.parseInt(pair, 16)),
  )
}

function renderWords(bytes: readonly number[]): string {
  let words = ''
  for (let word = 0; word < bytes.length; word += 4) {
    for (let index = 3; index >= 0; index -= 1) words += (bytes[word + index] ?? 0).toString(16).padStart(2, '0')
  }
  return words.toUpperCase()
}

function renderAddress(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  if (bytes.length !== 16) return ''
  if (MAPPED.every((byte, index) => bytes[index] === byte)) return bytes.slice(12).join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  // Through the parser of URLs: the canonical short spelling.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

/** Of the two spellings that a socket of node gives: dotted quad, possibly mapped, and the short form of IPv6. */
function parseBytes(address: string): number[] {
  const quad = /(?:^|::ffff:)(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1]
  if (quad !== undefined) return quad.split('.').map(Number)
  const [head = '', tail] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // A kernel without IPv6 has no table of it.
  }
}
