/** One line for each field of `wanted` that `found` has otherwise; empty when there is none. */
export function renderDifference<Facts extends object>(wanted: Facts, found: Facts): string[] {
  return (Object.keys(wanted) as (keyof Facts & string)[])
    .map((name) => ({ name, want: JSON.stringify(wanted[name]), have: JSON.stringify(found[name]) }))
    .filter(({ want, have }) => want !== have)
    .map(({ name, want, have }) => `${name}: wanted ${want}, found ${have}`)
}
