import { ByteCursor, MalformedError } from './byte-cursor.ts'

/** A DNS query as the answerer reads it: one question, and no more than EDNS behind it (RFC 1035 §4, RFC 6891). */
export interface DnsQuery {
  readonly id: number
  readonly isRecursionDesired: boolean
  /** The question as it stood on the wire: copied into the answer, so the case that the client mixed in comes back. */
  readonly question: Buffer
  /** Lower case, labels joined by dots, without the root's; a byte that is no letter, digit, hyphen or underscore is `?`. */
  readonly name: string
  readonly type: number
  readonly hasEdns: boolean
}

export type DnsReading =
  | { readonly kind: 'query'; readonly query: DnsQuery }
  /** Answered with this code and without a question. */
  | { readonly kind: 'refused'; readonly id: number; readonly code: DnsCode }
  /** No answer: too short to have an id, or itself an answer (two answerers would talk for ever). */
  | { readonly kind: 'ignored' }

export const DNS_CODES = { ok: 0, malformed: 1, failed: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const
export type DnsCode = (typeof DNS_CODES)[keyof typeof DNS_CODES]

const HEADER_BYTES = 12
const MAX_NAME = 255
const CLASS_INTERNET = 1
const TYPE_OPT = 41

/** @param message one datagram, or one message of a TCP stream without its length. */
export function parseDnsQuery(message: Buffer): DnsReading {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' }
  const id = message.readUInt16BE(0)
  const flags = message.readUInt16BE(2)
  if ((flags & 0x8000) !== 0) return { kind: 'ignored' }
  if ((flags & 0x7800) !== 0) return { kind: 'refused', id, code: DNS_CODES.notImplemented }
  try {
    return readQuery(message, id, flags)
  } catch (error) {
    if (error instanceof MalformedError) return { kind: 'refused', id, code: DNS_CODES.malformed }
    throw error
  }
}

function readQuery(message: Buffer, id: number, flags: number): DnsReading {
  const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at))
  const [questions, answers, authorities, additional = 0] = counts
  if (questions !== 1 || answers !== 0 || authorities !== 0 || additional > 1) throw new MalformedError('counts')
  const cursor = new ByteCursor(message)
  cursor.take(HEADER_BYTES)
  const name = readName(cursor)
  const type = cursor.takeNumber(2)
  const isInternet = cursor.takeNumber(2) === CLASS_INTERNET
  const question = Buffer.from(message.subarray(HEADER_BYTES, cursor.position))
  if (additional === 1) skipEdns(cursor)
  if (!cursor.isAtEnd) throw new MalformedError('bytes behind the message')
  if (!isInternet) return { kind: 'refused', id, code: DNS_CODES.refused }
  const isRecursionDesired = (flags & 0x0100) !== 0
  return { kind: 'query', query: { id, isRecursionDesired, question, name, type, hasEdns: additional === 1 } }
}

// A pointer has nothing to point at in a question, and a loop of them is an old trick.
function readName(cursor: ByteCursor): string {
  const labels: string[] = []
  let total = 1
  for (let length = cursor.takeNumber(1); length !== 0; length = cursor.takeNumber(1)) {
    total += length + 1
    if (length > 63 || total > MAX_NAME) throw new MalformedError('a label is too long')
    labels.push(
      cursor
        .take(length)
        .toString('latin1')
        .replace(/[^A-Za-z0-9_-]/g, '?'),
    )
  }
  return labels.join('.').toLowerCase()
}

function skipEdns(cursor: ByteCursor): void {
  if (cursor.takeNumber(1) !== 0 || cursor.takeNumber(2) !== TYPE_OPT) throw new MalformedError('not EDNS')
  cursor.take(2 + 4)
  cursor.takeVector(2, 0, 0xffff)
}
