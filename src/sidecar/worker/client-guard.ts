import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { readPresentedCredentials } from '../../core/credential-headers.ts'
import { isLoopback, parseHostname } from '../../core/hostname.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import type { RefusalCode } from '../../core/refusals.ts'
import type { RunTokens } from '../../core/run-token.ts'
import type { SidecarConfig } from '../../core/sidecar-config.ts'
import type { ClientRequest } from './client/client-request.ts'
import { createUidFinder, type FindUid } from './client-uid.ts'
import { isLocalHost } from './is-local-host.ts'

/**
 * Who may use the credential: whoever presents the token of this run; and, with `client-auth: auto`, a client without any
 * credential that runs under the runner's own uid on this machine. Not on the Copilot port, where a request without
 * Authorization is OAuth discovery. Only a keyless client's first request on a connection is answered by a promise: whose it is must be looked up.
 */
export type ClientGuard = (
  request: GuardedRequest,
  provider: ProviderId,
) => RefusalCode | undefined | Promise<RefusalCode | undefined>

/** What the guard looks at. */
export type GuardedRequest = Pick<ClientRequest, 'head' | 'socket' | 'find'>

export interface ClientGuardOptions {
  readonly clientAuth: SidecarConfig['clientAuth']
  readonly runnerUid: number | null
  readonly tokens: RunTokens
  readonly findUid?: FindUid
}

/** Makes the guard of a worker. It remembers whose a connection is for as long as that lives. */
export function createClientGuard(options: ClientGuardOptions): ClientGuard {
  const isToken = createTokenCheck(options.tokens)
  const findUid = options.findUid ?? createUidFinder()
  const known = new WeakMap<Socket, RefusalCode | undefined | Promise<RefusalCode | undefined>>()
  const judge = async (socket: Socket): Promise<RefusalCode | undefined> => {
    const code = (await findUid(socket)) === options.runnerUid ? undefined : 'client_token_missing'
    known.set(socket, code)
    return code
  }
  const judgeOnce = (socket: Socket): ReturnType<ClientGuard> => {
    if (known.has(socket)) return known.get(socket)
    const judging = judge(socket)
    known.set(socket, judging)
    return judging
  }
  return (request, provider) => {
    const presented = readPresentedCredentials(request.head.headers, request.head.target)
    if (presented.some(isToken)) return undefined
    if (isFromWebPage(request)) return 'foreign_origin'
    if (options.clientAuth === 'none') return undefined
    if (presented.length > 0) return 'client_token_invalid'
    if (options.clientAuth === 'token' || provider === 'copilot') return 'client_token_missing'
    if (options.runnerUid === null || !isLoopbackPeer(request.socket)) return 'client_token_missing'
    return judgeOnce(request.socket)
  }
}

function createTokenCheck(tokens: RunTokens): (value: string) => boolean {
  const accepted = [Buffer.from(tokens.copilot), Buffer.from(tokens.other)]
  return (value) => {
    const given = Buffer.from(value)
    return accepted.some((token) => token.length === given.length && timingSafeEqual(token, given))
  }
}

// A page in a browser of the same user could reach loopback too (also by DNS rebinding); no agent CLI sends these.
function isFromWebPage(request: GuardedRequest): boolean {
  if (request.find('origin') !== undefined || request.find('sec-fetch-site') !== undefined) return true
  return !isLocalHost(request.head.host, request.socket)
}

function isLoopbackPeer(socket: Socket): boolean {
  const name = parseHostname((socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''))
  return name !== undefined && isLoopback(name)
}
