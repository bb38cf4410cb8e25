/** A DNS message as any client reads it: written from RFC 1035 §4, compression included. */
export interface DnsMessage {
  readonly id: number
  readonly flags: number
  readonly questions: readonly { readonly name: string; readonly type: number; readonly class: number }[]
  readonly records: readonly { readonly name: string; readonly type: number; readonly data: Buffer }[]
  /** Bytes behind the last record. */
  readonly rest: number
}

const MOST_JUMPS = 20

/** @throws RangeError when the message is not whole or its names never end. */
export function readDnsMessage(bytes: Buffer): DnsMessage {
  const counts = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at))
  let at = 12
  const readHere = (): string => {
    const { name, end } = readName(bytes, at)
    at = end
    return name
  }
  const questions = Array.from({ length: counts[0] ?? 0 }, () => {
    const name = readHere()
    at += 4
    return { name, type: bytes.readUInt16BE(at - 4), class: bytes.readUInt16BE(at - 2) }
  })
  const records = Array.from({ length: (counts[1] ?? 0) + (counts[2] ?? 0) + (counts[3] ?? 0) }, () => {
    const name = readHere()
    const type = bytes.readUInt16BE(at)
    const length = bytes.readUInt16BE(at + 8)
    at += 10 + length
    if (at > bytes.length) throw new RangeError('a record points behind the end')
    return { name, type, data: bytes.subarray(at - length, at) }
  })
  return { id: bytes.readUInt16BE(0), flags: bytes.readUInt16BE(2), questions, records, rest: bytes.length - at }
}

/** @returns labels joined by dots, bytes as Latin-1. */
function readName(bytes: Buffer, from: number): { readonly name: string; readonly end: number } {
  const labels: string[] = []
  let at = from
  let end: number | undefined
  for (let jumps = 0; ; ) {
    const length = bytes.readUInt8(at)
    if (length >= 0xc0) {
      end ??= at + 2
      at = bytes.readUInt16BE(at) & 0x3fff
      jumps += 1
      if (jumps > MOST_JUMPS) throw new RangeError('a name never ends')
      continue
    }
    if (length > 63 || at + 1 + length > bytes.length) throw new RangeError('a label is broken')
    at += 1 + length
    if (length === 0) return { name: labels.join('.'), end: end ?? at }
    labels.push(bytes.toString('latin1', at - length, at))
  }
}
