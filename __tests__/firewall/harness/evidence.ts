import { readFileSync } from 'node:fs'
import type { BypassCase, OpenCase, UseCase } from '../cases/case.ts'
import type { Receipt } from '../outside/receipt.ts'
import type { CaseContext } from './context.ts'
import type { Outcome } from './machine.ts'
import { canonicalAddress, type Frame } from './tap.ts'

/** Everything that was seen outside the program itself. */
export interface Evidence {
  readonly frames: readonly Frame[]
  readonly receipts: readonly Receipt[]
  /** What an internal service on the machine was sent. */
  readonly heard: string
}

export const readHeard = (jobPid: number): string => readFileSync(`/proc/${jobPid}/root/mnt/outer/heard`, 'latin1')

/** What the outside saw of a bypass; empty when nothing came through. */
export function findLeaks(
  one: BypassCase,
  context: CaseContext,
  seen: { evidence: Evidence; outcome: Outcome },
): string[] {
  const { proof } = one
  if (proof.marker === 'program-output')
    return seen.outcome.output.includes('KEY-FOUND') ? ['the program found the key'] : []
  const { frames, receipts, heard } = seen.evidence
  const ignoresDns = proof.marker === 'beyond-dns'
  const own = proof.ownAddresses ? [context.v4, context.v6] : []
  const addresses = new Set([...own, ...proof.addresses].map(canonicalAddress))
  // In a ping the pattern stands as bytes, not as text.
  const needles = [Buffer.from(context.marker), Buffer.from(context.marker.slice(1), 'hex')]
  const isTelling = (frame: Frame): boolean =>
    addresses.has(frame.target) ||
    (!(ignoresDns && frame.isForNameServer) && needles.some((needle) => frame.bytes.includes(needle)))
  const told = receipts.filter(
    (receipt) => !(ignoresDns && receipt.server.startsWith('dns')) && renderReceipt(receipt).includes(context.marker),
  )
  return [
    ...frames.filter(isTelling).map((frame) => `a frame of ${frame.bytes.length} bytes for ${frame.target}`),
    ...told.map((receipt) => `received by ${receipt.server} at ${receipt.address ?? receipt.host ?? ''}`),
    ...(heard.includes(context.marker) ? ['an internal service heard it'] : []),
  ]
}

/** Why a use did not work; empty when it did. */
export function findFaults(
  one: UseCase,
  context: CaseContext,
  seen: { evidence: Evidence; outcome: Outcome },
): string[] {
  const { code, output } = seen.outcome
  const expected = new RegExp(one.expect.replaceAll('MARKER', context.marker))
  return [
    ...(code === 0 ? [] : [`it ended with ${code}: ${output.slice(-400)}`]),
    ...(expected.test(output) ? [] : [`it answered ${JSON.stringify(output.slice(-400))}`]),
    ...(one.receivedBy === null || isReceived(one.receivedBy, context, seen.evidence)
      ? []
      : ['the outside never got it']),
  ]
}

export function isReceived(receiver: OpenCase['receivedBy'], { marker }: CaseContext, { receipts }: Evidence): boolean {
  return receipts.some(
    (receipt) =>
      (receipt.text.includes(marker) && `${receipt.server} ${receipt.host ?? ''}`.includes(receiver)) ||
      (receipt.server.startsWith('http') && receipt.host?.includes(marker) === true && receipt.host.includes(receiver)),
  )
}

function renderReceipt({ text, host, sni }: Receipt): string {
  return `${text} ${host ?? ''} ${sni ?? ''}`.toLowerCase()
}
