import { isIP } from 'node:net'

/**
 * The first line of every connection that a wrapper's bridge makes to the relay's unix socket: one JSON object, at most
 * {@link MAX_BRIDGE_LINE} bytes, ended by LF. What follows are the client's bytes as they come; the relay writes back the
 * server's. Half-close is passed on both ways. The relay never writes a line of its own.
 *
 * - `tls`, `http`, `tcp`: what the client dialled stands in `address` and `port`.
 * - `dns`: messages as in DNS over TCP, each behind two bytes of length, any number per connection. A bridge that has UDP
 *   datagrams sends them this way and takes the answers off the same way; `address` and `port` may be null.
 * - `proxy`: the client speaks to the forward proxy; `address` and `port` are null.
 * - `local`: a port of `forwardedPorts` on 127.0.0.1 outside, such as the sidecar's; `port` names it, `address` is null.
 *
 * `pid`, `program` and `uid` say who the client is, as the bridge saw it inside; null where it could not tell. They are
 * written to the log and decide nothing.
 */
export interface BridgeOpening {
  readonly entrance: 'tls' | 'http' | 'tcp' | 'dns' | 'proxy' | 'local'
  readonly address: string | null
  readonly port: number | null
  readonly uid: number | null
  readonly pid: number | null
  readonly program: string | null
}

export const MAX_BRIDGE_LINE = 8192

const ENTRANCES = ['tls', 'http', 'tcp', 'dns', 'proxy', 'local'] as const
const WITH_DESTINATION: readonly string[] = ['tls', 'http', 'tcp']

/** The line, its LF included. */
export function renderBridgeOpening(opening: BridgeOpening): string {
  return `${JSON.stringify(opening)}\n`
}

/**
 * Reads the line without its LF. It comes from inside the wrapper, where the agent may have taken the bridge's place.
 * @returns undefined for anything but one well-formed opening.
 */
export function parseBridgeOpening(line: string): BridgeOpening | undefined {
  const fields = parseObject(line)
  const entrance = ENTRANCES.find((name) => name === fields?.entrance)
  if (fields === undefined || entrance === undefined) return undefined
  const address = typeof fields.address === 'string' && isIP(fields.address) !== 0 ? fields.address : null
  const port = readWhole(fields.port, 65_535)
  if (WITH_DESTINATION.includes(entrance) && (address === null || port === null)) return undefined
  if (entrance === 'local' && port === null) return undefined
  const program = typeof fields.program === 'string' ? fields.program.slice(0, 4096) : null
  return { entrance, address, port, uid: readId(fields.uid), pid: readWhole(fields.pid, 2 ** 31 - 1), program }
}

function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

const readWhole = (value: unknown, most: number): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most ? value : null

// 0 is a uid, and no pid or port.
const readId = (value: unknown): number | null => (value === 0 ? 0 : readWhole(value, 2 ** 32 - 1))
