import { Resolver as NameServerClient } from 'node:dns/promises'
import { isIP } from 'node:net'
import { parseHosts } from '../../core/egress-wire/parse-hosts.ts'
import type { Hostname } from '../../core/hostname.ts'
import { DialError, readErrorCode } from './dial-error.ts'

export interface Resolver {
  /**
   * All addresses of a name, IPv6 and IPv4 in turn, in the order to try them.
   * @throws DialError `unresolvable`, or with the code of what went wrong with the name servers
   */
  resolve(name: Hostname): Promise<readonly string[]>
  /** The same where it is known without asking; undefined where it has to be asked for. */
  recall(name: Hostname): readonly string[] | undefined
}

export interface ResolverSettings {
  readonly nameservers: readonly string[]
  /** Text of /etc/hosts, which wins. */
  readonly hosts: string
}

interface Answer {
  readonly addresses: readonly string[]
  readonly seconds: number
}

interface Known {
  readonly answer: Promise<readonly string[]>
  addresses: readonly string[] | undefined
  /** By performance.now(); while the answer is on its way, for ever. */
  until: number
}

const MOST_KNOWN = 2048
const MAX_SECONDS = 30
/** A name that is not there is asked for again and again by programs that wait for it. */
const NEGATIVE_SECONDS = 2
/** How long the answer for IPv4 waits for the one for IPv6 (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50
const QUERY = { timeout: 2500, tries: 3, maxTimeout: 5000 }
const NO_SUCH_NAME: readonly string[] = ['ENOTFOUND', 'ENODATA', 'NOTFOUND', 'NODATA']

/** Asks the real name servers, never the machine's stub: that would give back the addresses we made up. */
export function createResolver(settings: ResolverSettings): Resolver {
  const client = new NameServerClient(QUERY)
  if (settings.nameservers.length > 0) client.setServers(settings.nameservers)
  const hosts = parseHosts(settings.hosts)
  const known = new Map<Hostname, Known>()
  const ask = (name: Hostname): Known => {
    const question = askBoth(client, name)
    const answer = question.then(({ addresses }) => {
      entry.addresses = addresses
      return addresses
    })
    const entry: Known = { answer, addresses: undefined, until: Number.POSITIVE_INFINITY }
    const keep = (seconds: number) => (): void => {
      entry.until = performance.now() + seconds * 1000
    }
    question.then(({ seconds }) => keep(seconds)(), keep(NEGATIVE_SECONDS))
    return entry
  }
  return {
    recall(name) {
      const entry = known.get(name)
      return hosts.get(name) ?? (entry !== undefined && entry.until > performance.now() ? entry.addresses : undefined)
    },
    resolve(name) {
      const local = hosts.get(name)
      if (local !== undefined) return Promise.resolve(local)
      if (settings.nameservers.length === 0) return Promise.reject(new DialError({ failure: 'NO_NAME_SERVER' }))
      const entry = known.get(name)
      if (entry !== undefined && entry.until > performance.now()) return entry.answer
      const fresh = ask(name)
      known.delete(name)
      known.set(name, fresh)
      if (known.size > MOST_KNOWN) known.delete(known.keys().next().value ?? name)
      return fresh.answer
    },
  }
}

async function askBoth(client: NameServerClient, name: Hostname): Promise<Answer> {
  const questions = [client.resolve4(name, { ttl: true }), client.resolve6(name, { ttl: true })] as const
  const [v4, v6] = questions.map(settle)
  const found4 = (await v4) ?? []
  // The other one may be a server that never answers questions for IPv6.
  const found6 = (await (found4.length > 0 ? Promise.race([v6, delay(RESOLUTION_DELAY_MS)]) : v6)) ?? []
  if (found4.length + found6.length === 0) throw await deriveFailure(questions)
  const records = interleave(found6, found4).filter(({ address }) => isIP(address) !== 0)
  const seconds = Math.min(MAX_SECONDS, ...records.map(({ ttl }) => ttl))
  return { addresses: records.map(({ address }) => address), seconds: Math.max(1, seconds) }
}

const settle = <T>(question: Promise<T>): Promise<T | undefined> => question.catch(() => undefined)

function delay(ms: number): Promise<undefined> {
  return new Promise((resolve) => void setTimeout(resolve, ms, undefined).unref())
}

function interleave<T>(first: readonly T[], second: readonly T[]): T[] {
  return Array.from({ length: Math.max(first.length, second.length) }, (_, at) => [first[at], second[at]])
    .flat()
    .filter((each) => each !== undefined)
}

/** Both failed: what the IPv4 one says counts, for the other one fails on many networks. */
async function deriveFailure(questions: readonly Promise<unknown>[]): Promise<DialError> {
  const results = await Promise.allSettled(questions)
  const codes = results.map((result) =>
    result.status === 'rejected' ? (readErrorCode(result.reason) ?? 'EFAIL') : 'ENODATA',
  )
  const isUnknown = codes.some((code) => NO_SUCH_NAME.includes(code))
  return new DialError(isUnknown ? { reason: 'unresolvable' } : { failure: codes[0] ?? 'EFAIL' })
}
