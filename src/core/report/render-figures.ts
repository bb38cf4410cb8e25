const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A whole number with commas between thousands. */
export function renderCount(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

/** Milliseconds as `40 ms` or `1.2 s`; a dash where there is none. */
export function renderDuration(milliseconds: number | undefined): string {
  if (milliseconds === undefined) return '–'
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`
}

/** Bytes in units of 1024. */
export function renderSize(bytes: number): string {
  // The next unit from 1000 on: four digits in front of the point are none that one reads.
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes * 1.024) / 10))
  const scaled = bytes / 1024 ** power
  return `${power === 0 ? Math.round(scaled) : scaled.toFixed(1)} ${UNITS[power]}`
}
