import type { IncomingMessage } from 'node:http'
import { isLoopback, parseHostname } from '../../../core/hostname.ts'
import { createUidFinder, type FindUid } from '../client-uid.ts'

/** Why a visitor does not get the status page. */
export type VisitorFault = 'foreign-host' | 'foreign-page' | 'foreign-user'

export interface VisitorGuardOptions {
  /** The runner's uid, where the platform can tell whose a connection is; null = everybody on this machine. */
  readonly runnerUid: number | null
  readonly findUid?: FindUid
}

/**
 * Who may look: a browser of the runner's user or of root, on this machine, at our own address. Threats: a web page whose name was
 * rebound to 127.0.0.1 (its Host is that name), a page of another origin that fetches or embeds ours, another user of the machine.
 */
export function createVisitorGuard(
  options: VisitorGuardOptions,
): (request: IncomingMessage) => Promise<VisitorFault | undefined> {
  const findUid = options.findUid ?? createUidFinder()
  return async (request) => {
    if (!isOurHost(request)) return 'foreign-host'
    if (!isOurPage(request)) return 'foreign-page'
    if (options.runnerUid === null) return undefined
    const uid = await findUid(request.socket)
    return uid === options.runnerUid || uid === 0 ? undefined : 'foreign-user'
  }
}

function isOurHost({ headers, socket }: IncomingMessage): boolean {
  const [, name = '', port = ''] = /^(.+):(\d{1,5})$/.exec(headers.host ?? '') ?? []
  const host = parseHostname(name)
  return host !== undefined && isLoopback(host) && Number(port) === socket.localPort
}

/** Typed in, or asked for by our own page. Programs that are no browser send neither header. */
function isOurPage({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site']
  const isSameSite = site === undefined || site === 'none' || site === 'same-origin'
  return isSameSite && (headers.origin === undefined || headers.origin === `http://${headers.host}`)
}
