import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EgressDigest } from '../../../core/report/egress-digest.ts'
import type { TrafficReport } from '../../../core/report.ts'
import type { ProviderCheck, SidecarConfig } from '../../../core/sidecar-config.ts'
import { derivePage } from '../../../core/status/derive-page.ts'
import { PAGE_SCRIPT } from '../../../core/status/page-script.ts'
import { PAGE_STYLE } from '../../../core/status/page-style.ts'
import { renderPage } from '../../../core/status/render-page.ts'
import { MOST_REQUESTS } from '../../../core/status/request-table.ts'
import { deriveStatus, type StatusFacts } from '../../../core/status/status.ts'
import { VERSION } from '../../../core/version.ts'
import type { BoundPorts } from '../../ipc.ts'
import { FirewallView } from './firewall-view.ts'
import { RecentRequests } from './recent-requests.ts'
import { StatusFeed } from './status-feed.ts'
import { createVisitorGuard, type VisitorFault } from './visitor-guard.ts'

export interface StatusPageOptions {
  readonly config: Pick<SidecarConfig, 'runId' | 'runnerUid' | 'firewall'>
  readonly checks: () => readonly ProviderCheck[]
  readonly report: () => TrafficReport
  readonly ports: () => BoundPorts | undefined
  readonly redact: (text: string) => string
  /** Asks the supervisor for the figures of the firewall; it answers by {@link StatusPage.onFirewallDigest}. */
  readonly askFirewall: () => void
}

/** The status page of a worker: what it remembers for it, and who looks at it now. */
export interface StatusPage {
  /** Once for each request, when it has ended: its event as the access log has it. */
  push(line: string): void
  readonly onFirewallDigest: (digest: EgressDigest | null) => void
  /** Answers a GET; false when the path is none of its. */
  answer(path: string, request: IncomingMessage, response: ServerResponse): boolean
}

/** No script but ours, no frame, no form, nothing from elsewhere: foreign text that became markup could still do nothing. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
} as const

const FAULTS: Readonly<Record<VisitorFault, string>> = {
  'foreign-host':
    'Open this page as http://127.0.0.1 with the port of this run, forwarded under the same number if need be.',
  'foreign-page': 'Another web page asked for this one. Type its address in.',
  'foreign-user': 'This page is for the user of the runner.',
}

/** Creates the page of a worker that has just started: nothing has passed yet. */
export function createStatusPage(options: StatusPageOptions): StatusPage {
  const { config } = options
  const recent = new RecentRequests(MOST_REQUESTS)
  const firewall = new FirewallView({ ask: options.askFirewall, now: () => performance.now() })
  const refresh = async (): Promise<void> => (config.firewall === undefined ? undefined : firewall.refresh())
  const facts = (): StatusFacts => ({
    time: new Date().toISOString(),
    version: VERSION,
    runId: config.runId,
    checks: options.checks(),
    ports: options.ports()?.providers ?? {},
    report: options.report(),
    requests: recent.list(),
    firewall:
      config.firewall === undefined
        ? null
        : { level: config.firewall.level, mode: config.firewall.mode, digest: firewall.latest },
    redact: options.redact,
  })
  const feed = new StatusFeed({ read: () => derivePage(facts()), refresh })
  const answer = createAnswers({ feed, refresh, facts, guard: createVisitorGuard(config) })
  return {
    push: (line) => {
      recent.push(line)
      feed.changed()
    },
    onFirewallDigest: (digest) => firewall.onDigest(digest),
    answer,
  }
}

interface Parts {
  readonly feed: StatusFeed
  readonly refresh: () => Promise<void>
  readonly facts: () => StatusFacts
  readonly guard: ReturnType<typeof createVisitorGuard>
}

const LIVE_PATH = '/events'

function createAnswers({ feed, refresh, facts, guard }: Parts): StatusPage['answer'] {
  const bodies: Readonly<Record<string, { readonly type: string; readonly render: () => string }>> = {
    '/': { type: 'text/html', render: () => renderPage(derivePage(facts())) },
    '/status.css': { type: 'text/css', render: () => PAGE_STYLE },
    '/status.js': { type: 'text/javascript', render: () => PAGE_SCRIPT },
    '/status.json': { type: 'application/json', render: () => JSON.stringify(deriveStatus(facts())) },
  }
  return (path, request, response) => {
    const body = Object.hasOwn(bodies, path) ? bodies[path] : undefined
    if (body === undefined && path !== LIVE_PATH) return false
    const look = (): void => {
      // Gone while it was looked up: the feed would wait for its close for ever.
      if (response.destroyed) return
      if (body !== undefined) send(response, 200, { type: body.type, text: body.render() })
      else if (!feed.add(response, SECURITY_HEADERS)) send(response, 503, BUSY)
    }
    void guard(request).then((fault) => {
      if (fault === undefined) refresh().then(look, look)
      else send(response, 403, { type: 'text/plain', text: FAULTS[fault] })
    })
    return true
  }
}

const BUSY = { type: 'text/plain', text: 'Enough pages are open already.' } as const

function send(
  response: ServerResponse,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  if (response.destroyed || response.headersSent) return
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-type': `${type}; charset=utf-8`,
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
