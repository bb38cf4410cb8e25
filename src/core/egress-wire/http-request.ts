import { type Hostname, parseHostname, renderHost } from '../hostname.ts'

/**
 * A request for plain HTTP, read so that every server behind us reads the same: one Host, one way to tell the body's length,
 * nothing that only one of two parsers sees. The byte level (line ends, folding, chunks) is the HTTP parser's; this is what it
 * lets through.
 */
export interface RawHttpRequest {
  readonly method: string
  readonly target: string
  /** `1.0` or `1.1`. */
  readonly version: string
  /** Flat name/value list as it came. */
  readonly rawHeaders: readonly string[]
}

export interface HttpExpectation {
  /** The port that the client dialled; null at the forward proxy, where the target names it. */
  readonly port: number | null
  /** Only this name will do: that of the CONNECT around it. */
  readonly name: Hostname | null
}

export type HttpReading =
  | {
      readonly kind: 'request'
      readonly name: Hostname
      readonly port: number
      /** Origin form. */
      readonly path: string
      /** What is sent on: flat, Host first, hop-by-hop fields removed, one field that frames the body. */
      readonly headers: readonly string[]
      readonly isUpgrade: boolean
      readonly hasBody: boolean
    }
  | { readonly kind: 'refused'; readonly reason: 'not-http' | 'name-mismatch'; readonly name: Hostname | null }

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
/** Naming these in Connection would make the next hop drop what frames or routes the request. */
const NEVER_DROPPED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'content-type',
  'authorization',
  'cookie',
])
const TARGET = /^[\x21\x22\x24-\x7e\x80-\xff]+$/
const HOST = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([1-9]\d{0,4}))?$/
const METHOD = /^[A-Z][A-Z-]{0,31}$/

/** Reads a request head as strictly as it must be to be sent on as one request to one name; what can be read in two ways is refused. */
export function readHttpRequest(request: RawHttpRequest, expected: HttpExpectation): HttpReading {
  const fields = readFields(request)
  const target = splitTarget(request)
  const host = fields === undefined ? undefined : parseHost(fields.host)
  if (fields === undefined || target === undefined || host === undefined) return refuse('not-http', host?.name)
  const authority = target.authority === null ? host : parseHost(target.authority)
  if (authority === undefined) return refuse('not-http', host.name)
  const port = expected.port ?? authority.port
  if (target.authority === null && expected.port === null) return refuse('not-http', host.name)
  const agrees =
    authority.name === host.name &&
    authority.port === host.port &&
    authority.port === port &&
    (expected.name === null || expected.name === authority.name)
  if (!agrees) return refuse('name-mismatch', host.name)
  return {
    kind: 'request',
    name: host.name,
    port,
    path: target.path,
    ...renderFields(fields, host),
    hasBody: fields.hasBody,
  }
}

interface Fields {
  readonly host: string
  readonly connection: readonly string[]
  readonly upgrade: string | undefined
  readonly isChunked: boolean
  readonly hasBody: boolean
  readonly rawHeaders: readonly string[]
}

function readFields({ method, version, rawHeaders }: RawHttpRequest): Fields | undefined {
  const hosts = readAll(rawHeaders, 'host')
  const lengths = readAll(rawHeaders, 'content-length')
  const encodings = readAll(rawHeaders, 'transfer-encoding')
  const connection = readAll(rawHeaders, 'connection').flatMap((value) => value.toLowerCase().split(/[ \t,]+/))
  const isFramed =
    lengths.length + encodings.length <= 1 &&
    lengths.every((value) => /^\d{1,15}$/.test(value)) &&
    encodings.every((value) => value.toLowerCase() === 'chunked' && version === '1.1')
  if (!METHOD.test(method) || method === 'CONNECT' || !/^1\.[01]$/.test(version)) return undefined
  if (hosts.length !== 1 || !isFramed || connection.some((name) => NEVER_DROPPED.has(name))) return undefined
  const upgrades = readAll(rawHeaders, 'upgrade')
  if (upgrades.length > 1) return undefined
  return {
    host: hosts[0] ?? '',
    connection,
    upgrade: connection.includes('upgrade') ? upgrades[0] : undefined,
    isChunked: encodings.length === 1,
    hasBody: encodings.length === 1 || Number(lengths[0] ?? 0) !== 0,
    rawHeaders,
  }
}

function readAll(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name)
}

/** Origin form, absolute form (its authority beside it), or `*` of OPTIONS. */
function splitTarget({ method, target }: RawHttpRequest): { authority: string | null; path: string } | undefined {
  if (!TARGET.test(target)) return undefined
  if (target.startsWith('/') || (target === '*' && method === 'OPTIONS')) return { authority: null, path: target }
  const match = /^http:\/\/([^/?]+)(.*)$/i.exec(target)
  if (match === null) return undefined
  const rest = match[2] ?? ''
  return { authority: match[1] ?? '', path: rest.startsWith('/') ? rest : `/${rest}` }
}

function parseHost(text: string): { readonly name: Hostname; readonly port: number } | undefined {
  const match = HOST.exec(text)
  const name = parseHostname(match?.[1] ?? '')
  const port = Number(match?.[2] ?? 80)
  return name === undefined || port > 65_535 ? undefined : { name, port }
}

function renderFields(fields: Fields, host: { readonly name: Hostname; readonly port: number }) {
  const dropped = new Set([...HOP_BY_HOP, ...fields.connection])
  const authority = renderHost(host.name) + (host.port === 80 ? '' : `:${host.port}`)
  const headers = ['Host', authority]
  for (let at = 0; at + 1 < fields.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = fields.rawHeaders.slice(at, at + 2)
    if (!dropped.has(name.toLowerCase())) headers.push(name, value)
  }
  if (fields.isChunked) headers.push('Transfer-Encoding', 'chunked')
  const isUpgrade = isWebSocketUpgrade(fields)
  if (isUpgrade) headers.push('Connection', 'Upgrade', 'Upgrade', fields.upgrade ?? '')
  else headers.push('Connection', 'close')
  return { headers, isUpgrade }
}

// Only to WebSocket: what else HTTP can turn into (h2c) carries further requests that nobody would decide. An upgrade with a
// body is two things at once: where it ends and the tunnel begins, readers disagree.
function isWebSocketUpgrade({ upgrade, hasBody }: Fields): boolean {
  return upgrade?.toLowerCase() === 'websocket' && !hasBody
}

function refuse(reason: 'not-http' | 'name-mismatch', name: Hostname | undefined): HttpReading {
  return { kind: 'refused', reason, name: name ?? null }
}
