import { BOUNDS, type SoakResult } from './run-soak.ts'

/** The table that a person reads at the end. */
export function renderSoak(result: SoakResult): string {
  const { worker, supervisor, descriptors } = result
  const kinds = Object.entries(result.counts).map(([kind, counts]) => {
    const parts = Object.entries(counts).map(([sighting, count]) => `${count} ${sighting}`)
    return [kind, parts.join(', ')] as const
  })
  const rows: readonly (readonly [string, string])[] = [
    ['requests', `${result.requests} in ${result.seconds} s, seed ${result.seed}`],
    ...kinds,
    ['workers killed', String(result.kills)],
    ['tokens minted', `${result.mints}; ${result.refused} requests refused with an old one and repeated`],
    ['memory watched', `${result.watchedS.toFixed(0)} s`],
    ['worker', `${renderTrend(worker)} (bound ${BOUNDS.worker})`],
    ['supervisor', `${renderTrend(supervisor)} (bound ${BOUNDS.supervisor})`],
    ['descriptors', `${descriptors.before} before, ${descriptors.after} after (bound +${BOUNDS.descriptors})`],
    ['idle', `${(result.idleCpu * 100).toFixed(2)} % of a core (bound ${BOUNDS.idleCpu * 100})`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const table = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
  const verdict = result.misses.length === 0 ? ['nothing lost, nothing twice, nothing grew'] : result.misses
  return [...table, '', ...verdict].join('\n')
}

function renderTrend({ first, last, highest, rise }: SoakResult['worker']): string {
  const mebibytes = (value: number): string => value.toFixed(1)
  return `${mebibytes(first)} → ${mebibytes(last)} MiB, highest ${mebibytes(highest)}, rise ${mebibytes(rise)}`
}
