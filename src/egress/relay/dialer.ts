import { isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls'
import type { Hostname } from '../../core/hostname.ts'
import { parseNoProxy } from '../../core/proxy-bypass.ts'
import { type Dialled, type DialOptions, dialAddresses } from './dial-addresses.ts'
import { DialError, toDialError } from './dial-error.ts'
import type { FarSide } from './far-side.ts'
import { openProxyConnection, openProxyTunnel } from './proxy-tunnel.ts'
import type { RelayPolicy } from './relay-policy.ts'
import type { Resolver } from './resolver.ts'

/** Where an allowed connection goes. */
export interface DialTarget {
  readonly host: Hostname | string
  readonly port: number
  /**
   * What the name may lead to: `public` addresses; `private` ones too, but never this machine, its link or a metadata service;
   * `any` where the rule names the address itself, or in audit mode, which drops nothing.
   */
  readonly reach: 'public' | 'private' | 'any'
}

export interface DialWish {
  /** For whom: when it closes, nobody waits any more. */
  readonly client: Socket
  /** The caller reads the socket as a stream instead of through a reader. */
  readonly isStream?: boolean
}

export interface Dialer {
  /** @param settle is called once, at the earliest before this returns */
  dial(target: DialTarget, wish: DialWish, settle: (dialled: Dialled) => void): void
  /** The corporate proxy that stands before a host; undefined for a direct connection. */
  proxyFor(host: string, port: number): URL | undefined
  /** A connection to the proxy itself, for requests in absolute form. @throws DialError */
  dialProxy(proxy: URL, wish: DialWish): Promise<FarSide>
}

export interface DialerSettings {
  readonly resolver: Resolver
  readonly upstreamProxy: { readonly url: string; readonly noProxy: string } | null
  readonly mayFollow: RelayPolicy['mayFollow']
  /** PEM texts trusted for an https proxy beside the usual roots. */
  readonly extraCa?: readonly string[]
  readonly readOwnAddresses?: () => readonly string[]
}

const OWN_ADDRESSES_MS = 1000

/** Dials as the settings say: directly to resolved and checked addresses, or through the upstream proxy. */
export function createDialer(given: DialerSettings): Dialer {
  const settings = { ...given, readOwnAddresses: given.readOwnAddresses ?? createOwnAddressReader() }
  const proxy = settings.upstreamProxy === null ? undefined : new URL(settings.upstreamProxy.url)
  const secureContext = createTrust(settings.extraCa ?? [])
  const isBypassed = parseNoProxy(settings.upstreamProxy?.noProxy ?? '')
  const resolve = (host: string): Promise<readonly string[]> =>
    isIP(host) === 0 ? settings.resolver.resolve(host as Hostname) : Promise.resolve([host])
  const proxyFor = (host: string, port: number): URL | undefined => (isBypassed(host, port) ? undefined : proxy)
  const dialProxy = async (url: URL, { client, isStream = false }: DialWish): Promise<FarSide> => {
    const host = url.hostname.replace(/^\[|\]$/g, '')
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
    const far = await dialFirst(await resolve(host), { port, client, isStream })
    return openProxyConnection(far, { proxy: url, secureContext })
  }
  const dialDirect = (found: readonly string[], { target, wish }: Dial, settle: (dialled: Dialled) => void): void => {
    const addresses = filterAddresses(found, target, settings)
    if (addresses instanceof DialError) settle(addresses)
    else dialAddresses(addresses, { port: target.port, client: wish.client, isStream: wish.isStream ?? false }, settle)
  }
  const dialChain = async (chain: URL, { target, wish }: Dial): Promise<FarSide> => {
    const { host, port } = target
    // The proxy resolves names; what can be judged here is an address that is written out.
    const judged = isIP(host) === 0 ? [] : filterAddresses([host], target, settings)
    if (judged instanceof DialError) throw judged
    return openProxyTunnel(await dialProxy(chain, wish), { proxy: chain, host, port }, wish.client)
  }
  return {
    proxyFor,
    dialProxy,
    dial(target, wish, settle) {
      const { host, port } = target
      const fail = (error: unknown): void => settle(toDialError(error))
      const chain = proxyFor(host, port)
      if (chain !== undefined) {
        dialChain(chain, { target, wish }).then(settle, fail)
        return
      }
      const known = isIP(host) === 0 ? settings.resolver.recall(host as Hostname) : [host]
      if (known !== undefined) dialDirect(known, { target, wish }, settle)
      else
        resolve(host)
          .then((found) => dialDirect(found, { target, wish }, settle))
          .catch(fail)
    },
  }
}

interface Dial {
  readonly target: DialTarget
  readonly wish: DialWish
}

function dialFirst(addresses: readonly string[], options: DialOptions): Promise<FarSide> {
  return new Promise((resolve, reject) => {
    dialAddresses(addresses, options, (dialled) => (dialled instanceof DialError ? reject(dialled) : resolve(dialled)))
  })
}

function createTrust(extraCa: readonly string[]): SecureContext | undefined {
  return extraCa.length === 0 ? undefined : createSecureContext({ ca: [...rootCertificates, ...extraCa] })
}

/** What of a name's addresses may be dialled; resolved and dialled are the same list, so an answer that changes changes nothing. */
function filterAddresses(
  addresses: readonly string[],
  { port, reach }: DialTarget,
  settings: Pick<Required<DialerSettings>, 'mayFollow' | 'readOwnAddresses'>,
): readonly string[] | DialError {
  if (reach === 'any') return addresses
  const own = settings.readOwnAddresses()
  const mayBePrivate = reach === 'private'
  const passing = addresses.filter((address) => settings.mayFollow({ address, port, mayBePrivate, own }))
  if (passing.length === 0 && addresses.length > 0) return new DialError({ reason: 'internal-address' })
  return passing
}

/** Asking the kernel for them takes a tenth of all that a new connection costs; interfaces come and go slowly. */
function createOwnAddressReader(): () => readonly string[] {
  let known: readonly string[] = []
  let until = 0
  return () => {
    if (performance.now() < until) return known
    until = performance.now() + OWN_ADDRESSES_MS
    known = Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address))
    return known
  }
}
