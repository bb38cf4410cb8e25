import { type Member, type ObjectText, parseCommentedJson, readObject, skipSpace } from './json-text.ts'
import type { MergeResult, UndoResult } from './merge.ts'
import { isSameData } from './same-data.ts'

const PATH = ['security', 'auth', 'selectedType'] as const
const WANTED = 'gemini-api-key'

type Json = Readonly<Record<string, unknown>>

/**
 * Sets `security.auth.selectedType` to `gemini-api-key` in Gemini CLI's settings.json: with a base URL in the environment and
 * without this key the CLI ends with exit 41 and no request (measured, 0.44 and newer).
 * @param text the file, or undefined when there is none.
 */
export function mergeGeminiSettings(text: string | undefined): MergeResult {
  if (text === undefined || text.trim() === '')
    return { kind: 'merged', text: renderFresh(), original: text, notices: [] }
  const before = parseCommentedJson(text)
  if (!isObject(before)) return { kind: 'fault', message: 'Gemini CLI’s settings.json is not a JSON object.' }
  const former = read(before, PATH)
  if (former === WANTED) return { kind: 'unchanged', notices: [] }
  const edited = setMember(text, { path: PATH, value: WANTED })
  if (edited !== undefined && isSameData(parseCommentedJson(edited), write(before, PATH, WANTED))) {
    const notice = `gemini: ${PATH.join('.')} of your settings.json is replaced for this job.`
    return { kind: 'merged', text: edited, original: text, notices: former === undefined ? [] : [notice] }
  }
  return {
    kind: 'fault',
    message: `Gemini CLI’s settings.json holds something else than an object on the way to ${PATH.join('.')}.`,
  }
}

/**
 * Takes our key back from a settings.json that someone changed after us; their changes stay.
 * @param original the file as it was before us, undefined when there was none.
 */
export function undoGeminiSettings(text: string, original: string | undefined): UndoResult {
  const now = parseCommentedJson(text)
  if (!isObject(now)) return { kind: 'fault', message: 'Gemini CLI’s settings.json is no longer a JSON object.' }
  if (read(now, PATH) !== WANTED) return { kind: 'not-ours' }
  const before = original === undefined || original.trim() === '' ? {} : parseCommentedJson(original)
  const former = isObject(before) ? read(before, PATH) : undefined
  const edited =
    former === undefined
      ? removeOurs(text, isObject(before) ? before : {})
      : setMember(text, { path: PATH, value: former })
  if (edited !== undefined && differsOnlyInOurs(now, parseCommentedJson(edited)))
    return { kind: 'undone', text: edited }
  return { kind: 'fault', message: `${PATH.join('.')} could not be taken out of Gemini CLI’s settings.json safely.` }
}

function differsOnlyInOurs(before: Json, after: unknown): boolean {
  return isObject(after) && isSameData(write(before, PATH, null), write(after, PATH, null))
}

function renderFresh(): string {
  return `${JSON.stringify(write({}, PATH, WANTED), null, 2)}\n`
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function read(data: Json, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    data,
  )
}

function write(data: Json, path: readonly string[], value: unknown): Json {
  const [key = '', ...rest] = path
  const child = data[key]
  return { ...data, [key]: rest.length === 0 ? value : write(isObject(child) ? child : {}, rest, value) }
}

/** The last one wins, as in JSON.parse. */
function findMember(object: ObjectText, key: string): Member | undefined {
  return object.members.findLast((member) => member.key === key)
}

interface Edit {
  readonly path: readonly string[]
  readonly value: unknown
}

function setMember(text: string, { path, value }: Edit, position = 0): string | undefined {
  const [key = '', ...rest] = path
  const object = readObject(text, position)
  if (object === undefined) return undefined
  const member = findMember(object, key)
  if (member === undefined) return insertMember(text, object, { path, value })
  if (rest.length > 0) return setMember(text, { path: rest, value }, member.valueStart)
  return text.slice(0, member.valueStart) + JSON.stringify(value) + text.slice(member.valueEnd)
}

function insertMember(text: string, object: ObjectText, { path, value }: Edit): string {
  const [key = '', ...rest] = path
  const first = object.members[0]
  const gap = first === undefined ? '' : text.slice(object.start, skipSpace(text, object.start))
  // Only white space is repeated in front of the old first member, never a comment that stands there.
  const lead = /^\s*/.exec(gap)?.[0] ?? ''
  const data = rest.length === 0 ? value : write({}, rest, value)
  const inserted = `${lead}${JSON.stringify(key)}: ${JSON.stringify(data)}${first === undefined ? '' : ','}`
  return text.slice(0, object.start) + inserted + text.slice(object.start)
}

/** Removes our key and the objects around it that we made and that are empty now. */
function removeOurs(text: string, original: Json): string | undefined {
  let edited: string | undefined = removeMember(text, PATH)
  for (let depth = PATH.length - 1; depth > 0 && edited !== undefined; depth -= 1) {
    const path = PATH.slice(0, depth)
    const data = parseCommentedJson(edited)
    const parent = isObject(data) ? read(data, path) : undefined
    const isOurs = read(original, path) === undefined && isObject(parent) && Object.keys(parent).length === 0
    if (isOurs) edited = removeMember(edited, path)
  }
  return edited
}

function removeMember(text: string, path: readonly string[], position = 0): string | undefined {
  const [key = '', ...rest] = path
  const object = readObject(text, position)
  const member = object === undefined ? undefined : findMember(object, key)
  if (object === undefined || member === undefined) return undefined
  if (rest.length > 0) return removeMember(text, rest, member.valueStart)
  const after = skipSpace(text, member.valueEnd)
  if (text[after] === ',') {
    const next = /^\s*/.exec(text.slice(after + 1))?.[0].length ?? 0
    return text.slice(0, member.keyStart) + text.slice(after + 1 + next)
  }
  const previous = object.members[object.members.indexOf(member) - 1]
  const from = previous === undefined ? object.start : skipSpace(text, previous.valueEnd)
  return text.slice(0, from) + text.slice(member.valueEnd)
}
