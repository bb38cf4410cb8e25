import { timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import { readPresentedCredentials } from '../../core/credential-headers.ts'
import { isLoopback, parseHostname } from '../../core/hostname.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import type { RefusalCode } from '../../core/refusals.ts'
import type { RunTokens } from '../../core/run-token.ts'
import type { SidecarConfig } from '../../core/sidecar-config.ts'
import type { ClientRequest } from './client/client-request.ts'
import { findClientUid } from './client-uid.ts'

/**
 * Who may use the credential: whoever presents the token of this run; and, with `client-auth: auto`, a client without any
 * credential that runs under the runner's own uid on this machine. Not on the Copilot port, where a request without
 * Authorization is OAuth discovery.
 */
export type ClientGuard = (request: GuardedRequest, provider: ProviderId) => RefusalCode | undefined

/** What the guard looks at. */
export type GuardedRequest = Pick<ClientRequest, 'head' | 'socket' | 'find'>

export interface ClientGuardOptions {
  readonly clientAuth: SidecarConfig['clientAuth']
  readonly runnerUid: number | null
  readonly tokens: RunTokens
  readonly findUid?: (socket: Socket) => number | undefined
}

export function createClientGuard(options: ClientGuardOptions): ClientGuard {
  const isToken = createTokenCheck(options.tokens)
  const findUid = options.findUid ?? findClientUid
  const known = new WeakMap<Socket, boolean>()
  const isOwn = (socket: Socket): boolean => {
    let answer = known.get(socket)
    if (answer === undefined) {
      answer = options.runnerUid !== null && findUid(socket) === options.runnerUid
      known.set(socket, answer)
    }
    return answer
  }
  return (request, provider) => {
    const presented = readPresentedCredentials(request.head.headers, request.head.target)
    if (presented.some(isToken)) return undefined
    if (isFromWebPage(request)) return 'foreign_origin'
    if (options.clientAuth === 'none') return undefined
    if (presented.length > 0) return 'client_token_invalid'
    if (options.clientAuth === 'token' || provider === 'copilot') return 'client_token_missing'
    return isLoopbackPeer(request.socket) && isOwn(request.socket) ? undefined : 'client_token_missing'
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
  const name = parseHostname((request.head.host ?? '').replace(/:\d+$/, ''))
  return name === undefined || !(isLoopback(name) || name === request.socket.localAddress)
}

function isLoopbackPeer(socket: Socket): boolean {
  const name = parseHostname((socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, ''))
  return name !== undefined && isLoopback(name)
}
