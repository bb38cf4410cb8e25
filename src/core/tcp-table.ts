import { parseAddressBytes, renderAddressBytes } from './address-bytes.ts'

/**
 * Lines of the kernel's /proc/net/tcp and tcp6. The line of a client's own socket knows what the server's end cannot see:
 * where the client wanted to go before a redirect, whose it is, and its inode.
 */
export interface TcpLine {
  /** Both ends as the kernel prints them, see {@link renderEndpoint}. */
  readonly local: string
  readonly remote: string
  readonly state: string
  readonly uid: number
  /** 0 when nobody holds the socket any more. */
  readonly inode: number
}

/** Reads one line; its heading and whatever else is no socket give an empty local end. */
export function parseTcpLine(line: string): TcpLine {
  const at = line.indexOf(': ')
  const [local = '', remote = '', state = '', , , , uid, , inode] = at < 0 ? [] : line.slice(at + 2).split(/ +/)
  return { local, remote, state, uid: Number(uid), inode: Number(inode) }
}

/** Only the local end, for a search that passes thousands of lines. */
export function parseLocalEnd(line: string): string {
  const at = line.indexOf(': ') + 2
  return at < 2 ? '' : line.slice(at, line.indexOf(' ', at))
}

/** Finds the line whose local and remote ends are these, among the lines of a table or of a piece of one. */
export function findTcpLine(table: string, local: string, remote: string): TcpLine | undefined {
  const at = table.indexOf(`: ${local} ${remote} `)
  if (at < 0) return undefined
  const lineEnd = table.indexOf('\n', at)
  return parseTcpLine(table.slice(at, lineEnd < 0 ? undefined : lineEnd))
}

/** Address and port as the kernel prints them: 32-bit words in host byte order (little-endian on every runner), hex. */
export function renderEndpoint(address: string, port: number): string {
  const bytes = parseAddressBytes(address.replace(/^::ffff:(?=\d+\.)/, ''))
  return renderBytes(bytes, port)
}

/** The same for an IPv4 address behind an IPv6 socket, which stands in tcp6. */
export function renderMappedEndpoint(address: string, port: number): string {
  const bytes = parseAddressBytes(address.replace(/^::ffff:(?=\d+\.)/, ''))
  return renderBytes([...Array<number>(10).fill(0), 0xff, 0xff, ...bytes], port)
}

function renderBytes(bytes: readonly number[], port: number): string {
  let hex = ''
  for (let word = 0; word < bytes.length; word += 4) {
    for (let index = 3; index >= 0; index -= 1) hex += (bytes[word + index] ?? 0).toString(16).padStart(2, '0')
  }
  return `${hex}:${port.toString(16).padStart(4, '0')}`.toUpperCase()
}

/** Address and port of an end; IPv4 written as such also when it went through an IPv6 socket. */
export function parseEndpoint(text: string): { readonly address: string; readonly port: number } {
  const [hex = '', port = ''] = text.split(':')
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => [6, 4, 2, 0].map((at) => Number.parseInt(word.slice(at, at + 2), 16)))
  const isMapped = bytes.length === 16 && bytes.slice(0, 12).every((byte, at) => byte === (at < 10 ? 0 : 0xff))
  return { address: renderAddressBytes(isMapped ? bytes.slice(12) : bytes), port: Number.parseInt(port, 16) }
}
