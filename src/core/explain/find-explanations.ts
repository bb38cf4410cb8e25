import { ALL_SOURCE_CAUSES } from '../credentials/source-cause-table.ts'
import { BLOCK_REASONS } from '../policy/reasons.ts'
import { CAUSES } from '../probes/cause-table.ts'
import { REFUSALS } from '../refusals.ts'
import { type Advice, renderPlainAdvice } from './advice.ts'
import { AGENT_SENTENCES } from './agent-sentences.ts'
import { FAULT_ADVICE } from './fault-advice.ts'
import {
  createCodeRecognizer,
  createExitRecognizer,
  createSeenRecognizer,
  createTemplateRecognizer,
  createTextRecognizer,
  type Recognizer,
} from './recognize-text.ts'
import { REFUSAL_ADVICE } from './refusal-advice.ts'

/** Who says what was recognised. */
export type ExplanationKind = 'fault' | 'refusal' | 'check' | 'source' | 'firewall' | 'agent'

export interface Explanation {
  readonly kind: ExplanationKind
  /** Closed code, an anchor of docs/troubleshooting.md; for a sentence of a CLI the name of the CLI. */
  readonly code: string
  readonly cause: string
  readonly fix: string
}

interface Row extends Explanation {
  readonly recognizers: readonly Recognizer[]
}

/** A pasted log may be long; what says something about the failure is near its end. */
const LONGEST_TEXT = 512 * 1024
const MOST_FOUND = 8

/**
 * Finds what we know in a text: an error message, a code, lines of a log, the whole output of a CLI. The surest come first; rows
 * that share a code stand once. Empty when nothing is known.
 */
export function findExplanations(text: string): readonly Explanation[] {
  const searched = text.slice(-LONGEST_TEXT)
  const found = ROWS.map((row) => ({ row, weight: Math.max(...row.recognizers.map((read) => read(searched))) }))
    .filter(({ weight }) => weight > 0)
    .sort((left, right) => right.weight - left.weight)
  const first = new Map<string, Explanation>()
  for (const { row } of found) {
    const { recognizers: _, ...explanation } = row
    const key = `${row.kind} ${row.code} ${row.kind === 'agent' ? row.cause : ''}`
    if (!first.has(key)) first.set(key, explanation)
  }
  return [...first.values()].slice(0, MOST_FOUND)
}

const plain = ({ cause, fix }: Advice): Advice => ({ cause: renderPlainAdvice(cause), fix: renderPlainAdvice(fix) })

/** Rows about one answer share a code; named by the code alone, the first one speaks for them. */
const ROWS: readonly Row[] = [
  ...Object.entries(REFUSAL_ADVICE).map(([code, advice]): Row => {
    const sentence = REFUSALS[code as keyof typeof REFUSALS].sentence
    return {
      kind: 'refusal',
      code,
      ...plain(advice),
      recognizers: [createCodeRecognizer(code), createTextRecognizer([sentence])],
    }
  }),
  ...Object.entries(BLOCK_REASONS).map(([code, { sentence, fix }]): Row => {
    return {
      kind: 'firewall',
      code,
      cause: sentence,
      fix,
      recognizers: [createCodeRecognizer(code), createTextRecognizer([sentence])],
    }
  }),
  ...CAUSES.filter((row) => row.fix !== '').map((row): Row => createDictionaryRow('check', row)),
  ...ALL_SOURCE_CAUSES.map((row): Row => createDictionaryRow('source', row)),
  ...Object.entries(FAULT_ADVICE).map(([code, advice]): Row => {
    return { kind: 'fault', code, ...plain(advice), recognizers: [createCodeRecognizer(code)] }
  }),
  ...AGENT_SENTENCES.flatMap(({ client, sentences }) =>
    sentences.map((row): Row => {
      const exit = row.exitCode === undefined ? [] : [createExitRecognizer(row.exitCode)]
      return { kind: 'agent', code: client, ...plain(row), recognizers: [createTextRecognizer(row.prints), ...exit] }
    }),
  ),
]

interface DictionaryRow {
  readonly code: string
  readonly seen: string
  readonly message: string
  readonly fix: string
}

function createDictionaryRow(kind: ExplanationKind, { code, seen, message, fix }: DictionaryRow): Row {
  return {
    kind,
    code,
    cause: renderTemplateNames(message),
    fix: renderTemplateNames(fix),
    recognizers: [createCodeRecognizer(code), createTemplateRecognizer(message), createSeenRecognizer(seen)],
  }
}

/** `{host}` as people read it where nobody knows which: `<host>`. */
function renderTemplateNames(template: string): string {
  return template.replaceAll(/\{(\w+)\}/g, '<$1>')
}
