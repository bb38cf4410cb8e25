import { describeText } from '../describe-text.ts'
import { type Hostname, isIpLiteral, isSubdomainOf, parseHostname } from '../hostname.ts'
import type { Topology } from '../topology/topology.ts'
import { httpsUpstream, renderUpstream, type Upstream } from '../upstream.ts'
import { createInputFault } from './input-fault.ts'
import { parseBaseUrl } from './parse-base-url.ts'
import type { ProviderContext } from './parse-key.ts'

const INPUT = 'copilot-api-target'
const EXAMPLE = 'https://api.business.githubcopilot.com'

/** Reads `copilot-api-target`: a host name, or an https URL without path (Copilot clients append their own paths). */
export function parseCopilotTarget(context: ProviderContext): Upstream | 'absent' | 'faulty' {
  const target = parseTarget(context)
  if (typeof target === 'string') return target
  const mistaken = findMistakenHost(target.hostname, context.topology)
  if (mistaken !== undefined) {
    const found = `${describeText(target.hostname)}, which is ${mistaken}`
    const fix = 'Leave the input out: the Copilot host follows from github-server-url.'
    context.faults.push(createInputFault(INPUT, { found, needed: 'the host of the Copilot API', fix }))
    return 'faulty'
  }
  noticeForeignHost(context, target)
  return target
}

function parseTarget(context: ProviderContext): Upstream | 'absent' | 'faulty' {
  const text = context.given.get(INPUT) ?? ''
  const bare = parseHostname(text)
  if (bare !== undefined && (bare.includes('.') || isIpLiteral(bare))) return httpsUpstream(bare)
  const url = parseBaseUrl(context, INPUT, { example: EXAMPLE })
  if (typeof url === 'string' || url.basePath === '') return url
  const found = `${describeText(text)}, which has a path`
  const fix = 'Remove the path. A gateway under a path can be used as provider-base-url.'
  context.faults.push(createInputFault(INPUT, { found, needed: `a host or a URL such as ${EXAMPLE}`, fix }))
  return 'faulty'
}

// The REST host in place of the Copilot host is the classic mistake: it answers, but not to model requests.
function findMistakenHost(hostname: Hostname, topology: Topology | undefined): string | undefined {
  if (topology === undefined || topology.kind === 'server') return undefined
  if (hostname === topology.rest.hostname) return 'the host of the REST API'
  return hostname === topology.web ? 'the web address of this GitHub' : undefined
}

function noticeForeignHost(context: ProviderContext, target: Upstream): void {
  const suffixes = context.topology?.copilotSuffixes ?? []
  const isOwn = suffixes.some((suffix) => target.hostname === suffix || isSubdomainOf(target.hostname, suffix))
  if (isOwn || context.topology === undefined) return
  const usual = suffixes.map((suffix) => `*.${suffix}`).join(' or ')
  context.notices.push(
    `${INPUT} lies outside ${usual}: the GitHub token is sent to ${renderUpstream(target)} because the input says so.`,
  )
}
