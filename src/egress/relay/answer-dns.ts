import { type DnsDecision, type DnsFacts, decideDnsAnswer } from '../../core/egress-wire/decide-dns-answer.ts'
import { DNS_CODES, parseDnsQuery } from '../../core/egress-wire/dns-query.ts'
import { type DnsAnswer, renderDnsAnswer, renderDnsRefusal } from '../../core/egress-wire/render-dns-answer.ts'
import type { NamePool } from './name-pool.ts'

/** Answers one DNS message, or says nothing. */
export type AnswerDns = (message: Buffer) => Buffer | undefined

/** More would not fit into a datagram that every client takes. */
const MOST_ADDRESSES = 8

/** Answers from what is known here. No question, nor a part of one, is ever passed on. */
export function createDnsAnswerer(facts: DnsFacts, names: NamePool): AnswerDns {
  return (message) => {
    const reading = parseDnsQuery(message)
    switch (reading.kind) {
      case 'ignored':
        return undefined
      case 'refused':
        return renderDnsRefusal(reading.id, reading.code)
      case 'query':
        return renderDnsAnswer(reading.query, toAnswer(decideDnsAnswer(reading.query, facts), names))
    }
  }
}

function toAnswer(decision: DnsDecision, names: NamePool): DnsAnswer {
  switch (decision.kind) {
    case 'addresses':
      return { code: DNS_CODES.ok, addresses: decision.addresses.slice(0, MOST_ADDRESSES) }
    case 'made-up': {
      const address = names.addressFor(decision.name)
      return address === undefined
        ? { code: DNS_CODES.failed, addresses: [] }
        : { code: DNS_CODES.ok, addresses: [address] }
    }
    case 'no-data':
      return { code: DNS_CODES.ok, addresses: [] }
    case 'no-such-name':
      return { code: DNS_CODES.noSuchName, addresses: [] }
  }
}
