import { describeText } from '../describe-text.ts'
import { isIpLiteral, isLoopback, parseHostname } from '../hostname.ts'
import { Secret } from '../secret.ts'
import { type ParseContext, readInput } from './given-inputs.ts'
import { createConflictFault, createInputFault } from './input-fault.ts'
import type { Inputs } from './inputs.ts'
import { parseCaBundle } from './parse-ca-bundle.ts'
import { parseProxyUrl } from './parse-proxy-url.ts'
import { parseRefresh } from './parse-refresh.ts'
import { parseBoolean, parseEnum, parseInteger, parseText } from './parse-values.ts'

export type SidecarOptions = Omit<Inputs, 'topology' | 'providers' | 'secrets' | 'skipped' | 'onMissing' | 'firewall'>

const PATH = { pattern: /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,4096}$/u, needed: 'a path on one line' }

/** Reads every input that belongs to no provider. */
export function parseSidecarOptions(context: ParseContext): SidecarOptions {
  const clientAuth = parseEnum(context, 'client-auth')
  const caBundle = parseCaBundle(context)
  const upstreamProxy = parseProxyUrl(context)
  const logDirectory = parseText(context, 'log-directory', PATH)
  return {
    validate: parseEnum(context, 'validate'),
    clientAuth,
    listenAddress: parseListenAddress(context, clientAuth),
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(upstreamProxy === undefined ? {} : { upstreamProxy: new Secret(upstreamProxy) }),
    streamIdleTimeoutMs: (parseInteger(context, 'stream-idle-timeout') ?? 0) * 1000,
    refresh: parseRefresh(context),
    limits: { maxRequests: parseInteger(context, 'max-requests'), maxTokens: parseInteger(context, 'max-tokens') },
    logLevel: parseEnum(context, 'log-level'),
    ...(logDirectory === undefined ? {} : { logDirectory }),
    summary: parseBoolean(context, 'summary'),
  }
}

/**
 * The address must be a literal (a name could resolve to anything). Off loopback others on the network reach the port: then
 * only the token of the run may open it, never the user's own uid or nothing.
 */
function parseListenAddress(context: ParseContext, clientAuth: Inputs['clientAuth']): string {
  const text = readInput(context.given, 'listen-address')
  const address = parseHostname(text)
  if (address === undefined || !isIpLiteral(address)) {
    const fix = 'Write 127.0.0.1 or leave listen-address out.'
    const parts = { found: describeText(text), needed: 'an IPv4 or IPv6 address without port', fix }
    context.faults.push(createInputFault('listen-address', parts))
    return ''
  }
  if (!isLoopback(address) && clientAuth !== 'token') {
    const message = `listen-address ${address} is open to other machines, but client-auth is ${clientAuth}, so they could use the keys.`
    const fix = 'Set client-auth: token, or listen on 127.0.0.1.'
    context.faults.push(createConflictFault('listen-address', message, fix))
  }
  return address
}
