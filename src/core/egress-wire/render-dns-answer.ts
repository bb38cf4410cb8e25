import { isIP } from 'node:net'
import { parseAddressBytes } from '../address-bytes.ts'
import { DNS_TYPES } from './decide-dns-answer.ts'
import type { DnsCode, DnsQuery } from './dns-query.ts'

/** What is said: a code, and the addresses of one family (none: the name exists and has no such record). */
export interface DnsAnswer {
  readonly code: DnsCode
  readonly addresses: readonly string[]
}

/** Short, so that a client asks again soon after the relay was restarted and its names have other addresses. */
const TTL_SECONDS = 30
const OUR_PAYLOAD = 1232

/** The answer's bytes: question copied, addresses behind it, EDNS only for those who sent it. */
export function renderDnsAnswer(query: DnsQuery, { code, addresses }: DnsAnswer): Buffer {
  const records = addresses.map(renderAddress)
  const head = renderHead(query.id, 0x8080 | (query.isRecursionDesired ? 0x0100 : 0) | code, {
    questions: 1,
    answers: records.length,
    additional: query.hasEdns ? 1 : 0,
  })
  return Buffer.concat([head, query.question, ...records, ...(query.hasEdns ? [renderEdns()] : [])])
}

/** For a message that could not be read: its id and a code, nothing of what it said. */
export function renderDnsRefusal(id: number, code: DnsCode): Buffer {
  return renderHead(id, 0x8080 | code, { questions: 0, answers: 0, additional: 0 })
}

type Counts = { readonly questions: number; readonly answers: number; readonly additional: number }

function renderHead(id: number, flags: number, counts: Counts): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt16BE(id, 0)
  head.writeUInt16BE(flags, 2)
  head.writeUInt16BE(counts.questions, 4)
  head.writeUInt16BE(counts.answers, 6)
  head.writeUInt16BE(counts.additional, 10)
  return head
}

function renderAddress(address: string): Buffer {
  const data = Buffer.from(parseAddressBytes(address))
  const record = Buffer.alloc(12)
  // The name: a pointer to the question.
  record.writeUInt16BE(0xc00c, 0)
  record.writeUInt16BE(isIP(address) === 6 ? DNS_TYPES.aaaa : DNS_TYPES.a, 2)
  record.writeUInt16BE(1, 4)
  record.writeUInt32BE(TTL_SECONDS, 6)
  record.writeUInt16BE(data.length, 10)
  return Buffer.concat([record, data])
}

function renderEdns(): Buffer {
  const record = Buffer.alloc(11)
  record.writeUInt16BE(41, 1)
  record.writeUInt16BE(OUR_PAYLOAD, 3)
  return record
}
