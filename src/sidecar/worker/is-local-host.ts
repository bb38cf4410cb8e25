import type { Socket } from 'node:net'
import { isLoopback, parseHostname } from '../../core/hostname.ts'

/**
 * Whether a Host header names this machine: loopback, or the very address that the connection came in at. A web page that had its name
 * rebound to our address sends that name. Fails closed for what is absent or no host.
 */
export function isLocalHost(host: string | undefined, { localAddress }: Pick<Socket, 'localAddress'>): boolean {
  const name = parseHostname((host ?? '').replace(/:\d+$/, ''))
  return name !== undefined && (isLoopback(name) || name === localAddress)
}
