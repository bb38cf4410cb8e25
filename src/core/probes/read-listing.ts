import { parseJson, readPath } from './json.ts'

/** Members of a listing that hold its entries; gateways that speak one dialect sometimes answer in another's shape. */
const LIST_MEMBERS = ['data', 'models', 'publisherModels', 'modelSummaries'] as const
const NAME_MEMBERS = ['id', 'name', 'model', 'slug', 'modelId'] as const
const MODEL_NAME = /^[\x21-\x7e]{1,200}$/
const MAX_MODELS = 500

/**
 * Reads a model listing: a JSON object (or array) whose entries are objects or names. A login page, a health answer, an error
 * with status 200 or a redirect page is not one; that is what keeps them from passing as proof of a working credential.
 * @returns model ids in the order of the listing, at most 500, without the `models/` prefixes of Google; undefined when the
 *   body is no listing. A listing that was cut at the size limit gives an empty array.
 */
export function readListing(body: string): readonly string[] | undefined {
  const parsed = parseJson(body)
  if (parsed === undefined) return looksCut(body) ? [] : undefined
  const entries = Array.isArray(parsed) ? parsed : findEntries(parsed)
  if (entries === undefined || !entries.every(isEntry)) return undefined
  if (Array.isArray(parsed) && entries.length === 0) return undefined
  const names = entries.slice(0, 10 * MAX_MODELS).map(readName)
  return [...new Set(names.filter((name) => name !== undefined))].slice(0, MAX_MODELS)
}

function findEntries(parsed: unknown): readonly unknown[] | undefined {
  if (readPath(parsed, 'error') != null) return undefined
  for (const member of LIST_MEMBERS) {
    const value = readPath(parsed, member)
    if (Array.isArray(value)) return value
  }
  return undefined
}

function isEntry(entry: unknown): boolean {
  return readName(entry) !== undefined
}

function readName(entry: unknown): string | undefined {
  if (typeof entry === 'string') return cleanName(entry)
  const values = NAME_MEMBERS.map((member) => readPath(entry, member))
  const name = values.find((value) => typeof value === 'string')
  return name === undefined ? undefined : cleanName(name)
}

function cleanName(name: string): string | undefined {
  return MODEL_NAME.test(name) ? name.replace(/^(publishers\/[^/]+\/)?models\//, '') : undefined
}

// Some gateways list thousands of models with prose: the body limit cuts them, and a cut listing is still no login page.
function looksCut(body: string): boolean {
  return (
    body.length > 64 * 1024 &&
    /^\s*\{[^<]{0,200}?"(data|models|publisherModels|modelSummaries)"\s*:\s*\[\s*\{/.test(body)
  )
}
