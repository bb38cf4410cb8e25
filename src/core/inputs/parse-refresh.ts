import type { RefreshPolicy, RefreshRule } from '../credentials/refresh-rule.ts'
import { findKnownSecret } from '../credentials/secret-kind.ts'
import { describeText } from '../describe-text.ts'
import { type ParseContext, readInput } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'
import type { InputRow } from './input-row.ts'
import { INPUTS } from './input-table.ts'

const STATUS = 'refresh-on-status'
const BUFFER = 'replay-buffer'
const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 1024, MiB: 1024 * 1024 }

/** These mean a refused credential by themselves; others, such as 400, say it only with a word of the body. */
const ALONE: ReadonlySet<number> = new Set([401, 403])

/** Reads when a credential is renewed because of an answer, and how much is held for the repetition. */
export function parseRefresh(context: ParseContext): RefreshPolicy {
  return { onStatus: parseStatuses(context), replayBufferBytes: parseBytes(context) }
}

function parseStatuses(context: ParseContext): readonly RefreshRule[] {
  const text = readInput(context.given, STATUS)
  const parts = text.split(/[,\n]/).map((part) => part.trim())
  const rules = parts.map(readRule)
  const odd = rules.find((rule) => typeof rule === 'string')
  const found = odd ?? (parts.some((part, index) => parts.indexOf(part) !== index) ? 'a status twice' : undefined)
  if (found === undefined) return rules.filter((rule) => typeof rule !== 'string')
  const needed = '401, 403, or another status from 400 to 499 with a word of the answer'
  const fix = `Write for example 401, 400:ExpiredToken, or leave ${STATUS} out for 401.`
  context.faults.push(createInputFault(STATUS, { found, needed, fix }))
  return []
}

/** The rule, or what is wrong with it as a phrase behind "found". */
function readRule(part: string): RefreshRule | string {
  const [, digits = '', text] = /^(4\d\d)(?::([A-Za-z][A-Za-z0-9._ -]{2,99}))?$/.exec(part) ?? []
  const known = text === undefined ? undefined : findKnownSecret(text)
  if (digits === '' || known !== undefined) return known?.name ?? describeText(part)
  const status = Number(digits)
  if (text !== undefined) return { status, text }
  return ALONE.has(status) ? { status } : `${digits} without a word of the answer`
}

function parseBytes(context: ParseContext): number {
  const text = readInput(context.given, BUFFER)
  const [, digits = '', unit = ''] = /^(0|[1-9]\d{0,11})(KiB|MiB)?$/.exec(text) ?? []
  const bytes = digits === '' ? Number.NaN : Number(digits) * (UNITS[unit] ?? Number.NaN)
  const { min = 0, max = 0 }: InputRow = INPUTS[BUFFER]
  if (bytes >= min && bytes <= max) return bytes
  const needed = `bytes as a whole number, or a number of KiB or MiB, up to ${max / 1024 / 1024}MiB`
  const fix = `Correct ${BUFFER} or leave it out for the default, ${INPUTS[BUFFER].default}.`
  context.faults.push(createInputFault(BUFFER, { found: describeText(text), needed, fix }))
  return 0
}
