/** One leg of a matrix: its values by name. */
export type Leg = Readonly<Record<string, unknown>>

type Axes = Readonly<Record<string, readonly unknown[]>>

/**
 * The legs of a `strategy.matrix`, in GitHub's order: every combination of the axes without what `exclude` matches; then each entry of
 * `include` is added to the legs whose axes it does not contradict, or is a leg of its own. Without a matrix there is one leg.
 */
export function expandMatrix(matrix: Readonly<Record<string, unknown>> | undefined): readonly Leg[] {
  if (matrix === undefined) return [{}]
  const {
    include = [],
    exclude = [],
    ...axes
  } = matrix as {
    readonly include?: readonly Leg[]
    readonly exclude?: readonly Leg[]
  } & Axes
  const combined = combine(axes).filter((leg) => !exclude.some((rule) => contains(leg, rule)))
  const isOfAxes = (name: string): boolean => name in axes
  const added = include.filter((entry) => !combined.some((leg) => fits(leg, entry, isOfAxes)))
  const legs = combined.map((leg) => Object.assign({}, leg, ...include.filter((entry) => fits(leg, entry, isOfAxes))))
  return [...legs, ...added]
}

function combine(axes: Axes): readonly Leg[] {
  const names = Object.keys(axes)
  if (names.length === 0) return []
  return names.reduce<readonly Leg[]>(
    (legs, name) => legs.flatMap((leg) => (axes[name] ?? []).map((value) => ({ ...leg, [name]: value }))),
    [{}],
  )
}

function fits(leg: Leg, entry: Leg, isOfAxes: (name: string) => boolean): boolean {
  return Object.entries(entry).every(([name, value]) => !isOfAxes(name) || leg[name] === value)
}

function contains(leg: Leg, rule: Leg): boolean {
  return Object.entries(rule).every(([name, value]) => leg[name] === value)
}
