import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface RunFacts {
  readonly contenders: readonly string[]
  readonly rounds: number
  readonly minutes: number
  readonly stolenShare: number
  /** Median share of other work during the samples that were taken. */
  readonly foreignShare: number | undefined
  /** What kept the cores awake. */
  readonly awake: string
}

/** What a reader must know to judge the numbers, as a Markdown list. */
export function describeMachine(facts: RunFacts): string {
  const model = cpus()[0]?.model ?? 'unknown processor'
  return [
    `- ${cpus().length} cores (${model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}.`,
    `- Contenders: ${facts.contenders.join(', ')}. Rounds: ${facts.rounds}, in ${facts.minutes.toFixed(1)} minutes.`,
    `- Load average at the end: ${loadavg()[0]?.toFixed(1)}; ${renderShare(facts.stolenShare)} of processor time was taken by the host, ${renderShare(facts.foreignShare)} by other work (median over the samples; the least disturbed of up to three attempts is used).`,
    `- Client and upstream share one core, each contender has the other one to itself, as far as the machine was idle. ${facts.awake} All of it is loopback: no real network.`,
    '- `direct` is the limit of the bench itself. Where a contender comes near it, its throughput is a lower bound; processor time for each request is then the better figure.',
    '- Not measured: other operating systems, real upstreams, HTTP/2, a corporate proxy in between.',
  ].join('\n')
}

/** Jiffies of all cores so far: total, and those the host took. */
export function readSteal(): { readonly total: number; readonly stolen: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? []
  return { total: fields.reduce((sum, value) => sum + value, 0), stolen: fields[7] ?? 0 }
}

const renderShare = (share: number | undefined): string => (share === undefined ? '–' : `${(share * 100).toFixed(1)} %`)
