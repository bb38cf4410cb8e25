import type { LoadRow } from '../measure/rows.ts'

const MIB = 1024 * 1024
const BULK_BYTES = 64 * MIB

const handshake = (connections: number): LoadRow => ({
  id: `egress-tls-${connections}`,
  title: `egress relay: new TLS connections with one small request, ${connections} at once`,
  unit: 'requests',
  job: ({ tls }, { seconds }) => ({ kind: 'handshake', target: tls, connections, seconds: 2 * seconds }),
})

const tunnel = (connections: number): LoadRow => ({
  id: `egress-connect-${connections}`,
  title: `forward proxy: CONNECT to a TLS port, ${connections} at once`,
  unit: 'requests',
  job: ({ tls, silent = tls }, { seconds }) => ({ kind: 'tunnel', target: silent, connections, seconds: 2 * seconds }),
})

const bulk = (id: string, title: string, kind: 'upload' | 'download'): LoadRow => ({
  id,
  title,
  unit: 'bytes',
  job: ({ plain }, { times }) => ({ kind, target: plain, connections: 1, bytes: BULK_BYTES, times: times + 1 }),
})

/** Connections that the rules redirect, against none at all. */
export const REDIRECT_ROWS: readonly LoadRow[] = [
  handshake(1),
  handshake(8),
  bulk('egress-download', 'egress relay: 64 MB down through a raw connection', 'download'),
  bulk('egress-upload', 'egress relay: 64 MB up through a raw connection', 'upload'),
]

/** Tunnels of clients that obey HTTPS_PROXY, against Squid. */
export const FORWARD_ROWS: readonly LoadRow[] = [
  tunnel(1),
  tunnel(16),
  bulk('egress-connect-download', 'forward proxy: 64 MB down through a tunnel', 'download'),
  bulk('egress-connect-upload', 'forward proxy: 64 MB up through a tunnel', 'upload'),
]

export const EGRESS_ROWS: readonly LoadRow[] = [...REDIRECT_ROWS, ...FORWARD_ROWS]
