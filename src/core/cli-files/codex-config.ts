import { parse } from 'smol-toml'
import type { MergeResult, UndoResult } from './merge.ts'
import { isSameData } from './same-data.ts'

const KEY = 'openai_base_url'

// The value on one line, as a basic or a literal string, with what stands before and after it.
const KEY_LINE =
  /^([ \t]*(?:openai_base_url|"openai_base_url"|'openai_base_url')[ \t]*=[ \t]*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*')(.*)$/gm

// Behind a line of ours: a job whose post step never ran leaves it, and the next run must not take it for the user's.
const MARK = '# by setup-agent-proxy, for one job'

type Toml = Readonly<Record<string, unknown>>

/**
 * Sets `openai_base_url` in codex's config.toml. A new key goes to the very top: after any `[table]` it would belong to that
 * table and codex would silently call api.openai.com (measured).
 * @param text the file, or undefined when there is none.
 */
export function mergeCodexConfig(text: string | undefined, baseUrl: string): MergeResult {
  const source = dropLeftover(text ?? '')
  const before = parseToml(source)
  if (before === undefined) return { kind: 'fault', message: 'codex’s config.toml is not valid TOML.' }
  const notices = findNotices(before, baseUrl)
  if (before[KEY] === baseUrl) return { kind: 'unchanged', notices }
  const wanted = { ...before, [KEY]: baseUrl }
  const merged = KEY in before ? replaceValue(source, baseUrl, wanted) : accept(insertKey(source, baseUrl), wanted)
  const original = source === '' && source !== text ? undefined : source
  if (merged !== undefined) return { kind: 'merged', text: merged, original, notices }
  return { kind: 'fault', message: `codex’s config.toml holds ${KEY} in a form that cannot be edited safely.` }
}

/**
 * Takes our key back from a config.toml that someone changed after us; their changes stay.
 * @param original the file as it was before us, undefined when there was none.
 */
export function undoCodexConfig(text: string, baseUrl: string, original: string | undefined): UndoResult {
  const now = parseToml(text)
  if (now === undefined) return { kind: 'fault', message: 'codex’s config.toml is no longer valid TOML.' }
  if (now[KEY] !== baseUrl) return { kind: 'not-ours' }
  const former = parseToml(original ?? '')?.[KEY]
  const { [KEY]: _ours, ...rest } = now
  const undone =
    typeof former === 'string' ? replaceValue(text, former, { ...now, [KEY]: former }) : removeKey(text, rest)
  if (undone !== undefined) return { kind: 'undone', text: undone }
  return { kind: 'fault', message: `${KEY} could not be taken out of codex’s config.toml safely.` }
}

function parseToml(text: string): Toml | undefined {
  try {
    return parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return undefined
  }
}

function findNotices(config: Toml, baseUrl: string): string[] {
  const notices: string[] = []
  const former = config[KEY]
  if (former !== undefined && former !== baseUrl)
    notices.push(`codex: ${KEY} of your config.toml is replaced for this job.`)
  if (findModelProvider(config) !== undefined) {
    notices.push(
      `codex: your config.toml sets model_provider, so ${KEY} has no effect; codex will not use the sidecar.`,
    )
  }
  return notices
}

/** A provider other than the built-in one, at the top level or in the chosen profile. */
function findModelProvider(config: Toml): string | undefined {
  const profiles = config.profiles
  const profile = typeof config.profile === 'string' && isTable(profiles) ? profiles[config.profile] : undefined
  const chosen = (isTable(profile) ? profile.model_provider : undefined) ?? config.model_provider
  return typeof chosen === 'string' && chosen !== 'openai' ? chosen : undefined
}

function isTable(value: unknown): value is Toml {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function insertKey(text: string, baseUrl: string): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  return `${mark}${KEY} = ${JSON.stringify(baseUrl)} ${MARK}${findLineEnd(text)}${text.slice(mark.length)}`
}

/** The text without the line that an earlier run has left, where there is one. */
function dropLeftover(text: string): string {
  const data = parseToml(text)
  if (data === undefined || !text.includes(MARK)) return text
  const { [KEY]: _left, ...rest } = data
  return firstAccepted(text, rest, (match) => (match[3]?.trim() === MARK ? null : match[0])) ?? text
}

function findLineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? '\n'
}

function replaceValue(text: string, value: string, wanted: Toml): string | undefined {
  return firstAccepted(text, wanted, (match) => `${match[1]}${JSON.stringify(value)}${match[3]}`)
}

function removeKey(text: string, wanted: Toml): string | undefined {
  return firstAccepted(text, wanted, () => null)
}

/**
 * A line that looks like the key may lie in a multi-line string or in a table: the first edit whose result parses to exactly
 * the wanted data is the right one.
 */
function firstAccepted(
  text: string,
  wanted: Toml,
  edit: (match: RegExpExecArray) => string | null,
): string | undefined {
  for (const match of text.matchAll(KEY_LINE)) {
    const line = edit(match)
    const end = match.index + match[0].length
    const after = line === null ? text.slice(end).replace(/^\r?\n/, '') : text.slice(end)
    const edited = accept(text.slice(0, match.index) + (line ?? '') + after, wanted)
    if (edited !== undefined) return edited
  }
  return undefined
}

function accept(text: string, wanted: Toml): string | undefined {
  const after = parseToml(text)
  return after !== undefined && isSameData(after, wanted) ? text : undefined
}
