import type { ProbeAnswer, ProbeFailure } from './probe.ts'

/** What a row of either dictionary may ask of an answer, whoever gave it: an upstream or an issuer. */
export interface AnswerCondition {
  readonly failure?: readonly ProbeFailure[]
  /** Tested on the platform's error code of a failure. */
  readonly code?: RegExp
  readonly status?: readonly number[] | { readonly from: number; readonly to: number }
}

/**
 * How much of a body patterns see, in characters: an error names its cause early, and no pattern shall work on a hostile
 * megabyte.
 */
export const BODY_HEAD = 16 * 1024

/** True when the answer came, or failed, as the condition wants; a condition that names no failure wants an answer. */
export function matchesOutcome(when: AnswerCondition, answer: ProbeAnswer): boolean {
  if (answer.kind === 'answer') return when.failure === undefined
  if (when.failure === undefined || !when.failure.includes(answer.failure)) return false
  return when.code === undefined || when.code.test(answer.code.slice(0, 100))
}

/** True when the status is one of those wanted, or lies between them, both ends included. */
export function matchesStatus(wanted: NonNullable<AnswerCondition['status']>, status: number): boolean {
  return 'from' in wanted ? status >= wanted.from && status <= wanted.to : wanted.includes(status)
}
