/** What must never go through a proxy: the literal spellings every client compares with (measured: no client reads 127.0.0.0/8 alike). */
const LOOPBACK = ['127.0.0.1', 'localhost', '::1'] as const

/**
 * Adds the loopback names to a NO_PROXY value and keeps everything the user has in it. Exactly `*` stays as it is: it already
 * says "nothing goes through a proxy".
 * @param values the values of NO_PROXY and no_proxy, as found.
 * @returns one comma-separated value for both spellings.
 */
export function mergeNoProxy(values: readonly (string | undefined)[]): string {
  if (values.some((value) => value?.trim() === '*')) return '*'
  const entries = values.flatMap((value) => (value ?? '').split(/[\s,]+/)).filter((entry) => entry !== '')
  return [...new Set([...entries, ...LOOPBACK])].join(',')
}
