import { type OutputContext, parseOutput } from './parse-command-output.ts'
import type { SourceFailure, SourceOutcome } from './source.ts'

/**
 * A file that is being written right now looks empty, or like the beginning of a document. That is no failure yet: it is read
 * again a moment later, and `failure` is reported only if it stays so.
 */
export interface TornFile {
  readonly kind: 'torn'
  readonly failure: SourceFailure
}

const TORN: ReadonlySet<string> = new Set(['output-empty', 'output-json-broken'])

/**
 * Reads a credential file: the same shapes as a command's output. A bare token that was cut cannot be told from a whole one;
 * the caller guards against that by reading only files that did not change meanwhile.
 * @param text decoded; the caller has refused what is not UTF-8.
 */
export function parseFileValue(text: string, context: OutputContext): SourceOutcome | TornFile {
  const outcome = parseOutput(text, { ...context, subject: `The file of ${context.input}` })
  if (outcome.kind === 'failure' && TORN.has(outcome.cause)) return { kind: 'torn', failure: outcome }
  return outcome
}
