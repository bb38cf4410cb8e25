import { deriveMetric, derivePaired, type Metric, type Results } from './samples.ts'

/** One promise of the design: how it is read from the results, what it must reach and what we are after. */
export interface Goal {
  readonly what: string
  readonly unit: string
  readonly read: (results: Results) => number | undefined
  readonly floor: number
  readonly stretch: number
  readonly better: 'higher' | 'lower'
}

const NODE_PEERS = ['fastify', 'httpxy', 'http-proxy-3'] as const
const BULK_ROWS = ['flat-plain', 'flat-tls', 'upload-plain', 'upload-tls', 'download-plain', 'download-tls'] as const

const divide = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? undefined : a / b

const overNginx = (row: string) => (results: Results) =>
  derivePaired(results, row, (round) => divide(round.get('ours')?.rate, round.get('nginx')?.rate))

/** Against the peer that comes closest. The best of three noisy values in each round would favour them by chance. */
const overBestPeer = (row: string) => (results: Results) => {
  const ratios = NODE_PEERS.flatMap(
    (peer) => derivePaired(results, row, (round) => divide(round.get('ours')?.rate, round.get(peer)?.rate)) ?? [],
  )
  return ratios.length === 0 ? undefined : Math.min(...ratios)
}

const added = (row: string, metric: 'p50' | 'p99') => (results: Results) =>
  derivePaired(results, row, (round) => {
    const [ours, direct] = [round.get('ours')?.[metric], round.get('direct')?.[metric]]
    return ours === undefined || direct === undefined ? undefined : ours - direct
  })

const own = (row: string, metric: Metric) => (results: Results) => deriveMetric(results, row, 'ours', metric)

function readPeak(results: Results): number | undefined {
  const peaks = BULK_ROWS.flatMap((row) => deriveMetric(results, row, 'ours', 'peak') ?? [])
  return peaks.length === 0 ? undefined : Math.max(...peaks)
}

const timesOf = (row: string, metric: 'rate' | 'p50', reference: 'direct' | 'squid') => (results: Results) =>
  derivePaired(results, row, (round) => divide(round.get('ours')?.[metric], round.get(reference)?.[metric]))

type Limits = Pick<Goal, 'floor' | 'stretch'>

const ratio = (what: string, read: Goal['read'], limits: Limits): Goal => ({
  what,
  unit: '×',
  read,
  better: 'higher',
  ...limits,
})
const most = (what: string, unit: string, read: Goal['read'], ...[floor, stretch]: [number, number]): Goal => ({
  what,
  unit,
  read,
  floor,
  stretch,
  better: 'lower',
})

const EGRESS_GOALS: readonly Goal[] = [
  most('egress relay: new TLS connection p50, against direct', '×', timesOf('egress-tls-1', 'p50', 'direct'), 2, 1.5),
  ...(['download', 'upload'] as const).map((way) =>
    ratio(`egress relay: 64 MB ${way}, against direct`, timesOf(`egress-${way}`, 'rate', 'direct'), {
      floor: 0.6,
      stretch: 0.8,
    }),
  ),
  ...([1, 16] as const).map((c) =>
    ratio(`forward proxy: CONNECT, c = ${c}, against Squid`, timesOf(`egress-connect-${c}`, 'rate', 'squid'), {
      floor: 1.1,
      stretch: 1.5,
    }),
  ),
  ratio('forward proxy: 64 MB download, against Squid', timesOf('egress-connect-download', 'rate', 'squid'), {
    floor: 0.9,
    stretch: 1.2,
  }),
]

export const GOALS: readonly Goal[] = [
  most('main step with three valid keys, over the slowest probe', 'ms', own('step', 'ms'), 600, 350),
  most('post step', 'ms', (results) => deriveMetric(results, 'step', 'post', 'ms'), 300, 300),
  most('sidecar spawn to ready', 'ms', own('start', 'ms'), 200, 100),
  most('idle memory, both processes, shared pages once', 'MiB', own('start', 'resident'), 80, 65),
  ...([1, 16, 64] as const).flatMap((c): Goal[] => [
    ratio(`small POST, c = ${c}, against the closest Node peer`, overBestPeer(`small-${c}`), {
      floor: 1.3,
      stretch: 1.3,
    }),
    ratio(`small POST, c = ${c}, against nginx`, overNginx(`small-${c}`), { floor: 0.28, stretch: 0.6 }),
  ]),
  most('added latency p50, c = 1, TLS', 'µs', added('small-1', 'p50'), 150, 60),
  most('SSE paced, 1 stream: added delay p50', 'µs', added('paced-1', 'p50'), 90, 30),
  most('SSE paced, 1 stream: added delay p99', 'µs', added('paced-1', 'p99'), 1000, 50),
  most('SSE paced, 32 streams: added delay p50', 'µs', added('paced-32', 'p50'), 90, 30),
  most('SSE paced, 32 streams: added delay p99', 'µs', added('paced-32', 'p99'), 1000, 500),
  ratio('SSE flat out, plain, against nginx', overNginx('flat-plain'), { floor: 1.2, stretch: 2 }),
  ratio('SSE flat out, TLS, against nginx', overNginx('flat-tls'), { floor: 0.4, stretch: 0.7 }),
  ratio('8 MB upload, plain, against nginx', overNginx('upload-plain'), { floor: 0.6, stretch: 1.3 }),
  ratio('8 MB upload, TLS, against nginx', overNginx('upload-tls'), { floor: 0.45, stretch: 1 }),
  ratio('64 MB download, plain, against nginx', overNginx('download-plain'), { floor: 1, stretch: 1.5 }),
  ratio('64 MB download, TLS, against nginx', overNginx('download-tls'), { floor: 0.5, stretch: 1 }),
  most('peak memory in the bulk rows, both processes', 'MiB', readPeak, 130, 100),
  most('1,000 idle SSE streams over TLS, each', 'KiB', own('idle-streams', 'perStream'), 150, 60),
  ratio('WebSocket echo, c = 16, against nginx', overNginx('websocket-16'), { floor: 0.6, stretch: 1 }),
  ...EGRESS_GOALS,
]

export type GoalVerdict = 'stretch met' | 'met' | 'not met' | 'not measured'

export function decideGoal(goal: Goal, value: number | undefined): GoalVerdict {
  if (value === undefined) return 'not measured'
  const reaches = (limit: number): boolean => (goal.better === 'higher' ? value >= limit : value <= limit)
  if (reaches(goal.stretch)) return 'stretch met'
  return reaches(goal.floor) ? 'met' : 'not met'
}
