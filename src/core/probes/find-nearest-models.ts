/** Wanted names longer than this are cut before they are compared; no model has such a name. */
const LONGEST = 100
const MOST_SUGGESTIONS = 3

/** Below this likeness a name is no help: better no suggestion than a random one. */
const LEAST_LIKENESS = 0.35

export interface MissingModel {
  readonly wanted: string
  /** Names of the listing that come nearest, best first, at most 3. */
  readonly nearest: readonly string[]
}

/**
 * Looks a wanted model up in a listing. Case, `models/` and vendor prefixes (`openai/…`, `publishers/google/models/…`) do not
 * count as a difference, because upstreams and clients disagree about them.
 * @returns undefined when the model is there, or when there is no listing to look in.
 */
export function checkModel(wanted: string, models: readonly string[]): MissingModel | undefined {
  if (models.length === 0) return undefined
  const name = normalizeName(wanted)
  if (models.some((model) => normalizeName(model) === name)) return undefined
  return { wanted, nearest: findNearestModels(wanted, models) }
}

/** Names of the listing that look most like the wanted one, by edit distance and by words in common. */
export function findNearestModels(wanted: string, models: readonly string[]): readonly string[] {
  const name = normalizeName(wanted)
  return models
    .map((model) => ({ model, likeness: deriveLikeness(name, normalizeName(model)) }))
    .filter(({ likeness }) => likeness >= LEAST_LIKENESS)
    .sort((one, other) => other.likeness - one.likeness || (one.model < other.model ? -1 : 1))
    .slice(0, MOST_SUGGESTIONS)
    .map(({ model }) => model)
}

function normalizeName(name: string): string {
  const lower = name.slice(0, LONGEST).trim().toLowerCase()
  return lower.slice(lower.lastIndexOf('/') + 1)
}

function deriveLikeness(one: string, other: string): number {
  const longest = Math.max(one.length, other.length)
  if (longest === 0) return 0
  const closeness = 1 - deriveEditDistance(one, other) / longest
  return (closeness + deriveOverlap(splitWords(one), splitWords(other))) / 2
}

// `4.5` and `4-5` are the same words; `gpt5` and `gpt-5` should be too, so letters and digits part as well.
function splitWords(name: string): ReadonlySet<string> {
  return new Set(name.match(/[a-z]+|\d+/g) ?? [])
}

function deriveOverlap(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const common = [...one].filter((word) => other.has(word)).length
  const all = one.size + other.size - common
  return all === 0 ? 0 : common / all
}

/** Insertions, deletions and replacements of single characters that lead from one text to the other. */
export function deriveEditDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1]
      const replaced = (previous[column - 1] ?? 0) + (isSame ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[other.length] ?? 0
}
