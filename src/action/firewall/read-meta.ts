import type { Hostname } from '../../core/hostname.ts'
import { parseMeta } from '../../core/policy/parse-meta.ts'
import type { Topology } from '../../core/topology/topology.ts'
import { renderUpstream } from '../../core/upstream.ts'

const TIMEOUT_MS = 3000
const LARGEST_BYTES = 4 * 1024 * 1024

/**
 * Asks this GitHub which storage its runners need. Nothing when it is a server, which has none, when a proxy is in between, or when there is no
 * usable answer in time: then the shipped list holds. The answer is only ever names that are spelled as GitHub's accounts are.
 */
export async function readMeta(topology: Topology, isProxied: boolean): Promise<readonly Hostname[]> {
  if (topology.kind === 'server' || isProxied) return []
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    const answer = await fetch(`${renderUpstream(topology.rest)}/meta`, { signal, redirect: 'error' })
    if (answer.status !== 200) return []
    const bytes = await answer.arrayBuffer()
    return bytes.byteLength > LARGEST_BYTES ? [] : parseMeta(Buffer.from(bytes).toString('utf8'))
  } catch {
    return []
  }
}
