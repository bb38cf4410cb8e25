import type { SeenByVendors } from '../../firewall/action/support/vendor-process.ts'
import type { Receipt } from '../../firewall/outside/receipt.ts'
import type { RunnerResult } from '../runner-process.ts'
import type { Client } from './clients.ts'

export interface Findings {
  readonly result: RunnerResult
  /** What the tool call wrote. */
  readonly made: string
  readonly log: string
  readonly summary: string
  /** Everything that a server of the outside received, lookups included. */
  readonly receipts: readonly Receipt[]
  readonly vendors: SeenByVendors
}

/** What is wrong with a run of a client, in sentences: the outside decides what got out, not our own log. */
export function judge(client: Client, findings: Findings): readonly string[] {
  const { result, made, log, receipts, vendors, summary } = findings
  // The Copilot host is discovered at REST, with the token, by the sidecar.
  const own = client.model === 'api.githubcopilot.com' ? [client.model, 'api.github.com'] : [client.model]
  // Main itself asks this GitHub which hosts its runners need.
  const allowed = new Set([...own, ...client.github, 'api.github.com'])
  const tried = unique(
    parseLog(log)
      .filter(({ verdict }) => verdict === 'blocked')
      .map(({ host }) => String(host)),
  )
  const asked = unique(vendors.requests.map(({ host }) => host))
  const lookedUp = unique(receipts.filter(isLookup).map(({ text }) => text.split(' ')[0] ?? ''))
  // What the list allows by itself may arrive; anything else that a server of the outside has received got out.
  const others = receipts
    .filter((receipt) => !isLookup(receipt) && !client.github.includes(receipt.sni ?? receipt.host ?? ''))
    .map(({ server, sni, host }) => `${server} ${sni ?? host ?? ''}`)
  const strays = [...asked, ...lookedUp].filter((host) => !allowed.has(host))
  const bare = vendors.requests.filter(({ host, credentials }) => own.includes(host) && credentials.length !== 1)
  return [
    ...(result.code === 0 ? [] : [`it ended with ${result.code ?? result.signal}: ${result.stderr.slice(-800)}`]),
    ...(result.stdout.includes('the task is done') ? [] : [`it said ${result.stdout.slice(-400)}`]),
    ...(made === '42' ? [] : [`the tool call left ${JSON.stringify(made)}`]),
    ...(asked.includes(client.model) ? [] : ['its model was never asked']),
    ...(String(tried) === String(client.refused) ? [] : [`it was refused ${tried.join(', ') || 'nothing'}`]),
    ...client.refused.filter((host) => !summary.includes(host)).map((host) => `the summary does not name ${host}`),
    ...strays.map((host) => `the outside was asked for ${host}`),
    ...others.map((other) => `the outside received ${other}`),
    ...bare.map(({ host, line }) => `${line} reached ${host} without the injected credential alone`),
  ]
}

function isLookup({ server }: Receipt): boolean {
  return server.startsWith('dns')
}

function parseLog(log: string): readonly { readonly verdict?: string; readonly host?: string | null }[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort()
}
