import type { AnswerCondition } from '../probes/match-answer.ts'
import type { StepIssuer } from './token-step.ts'

/**
 * One row of the dictionary of sources: why no credential could be had, and what to do. Everything the user reads about a
 * failing source comes from such rows.
 */
export interface SourceCauseRow {
  /** Closed code, also the anchor in the docs. */
  readonly code: string
  /** What was seen, as the docs show it. */
  readonly seen: string
  /** The next attempt would fail the same way. */
  readonly isPermanent: boolean
  /** One sentence, placeholders in braces. */
  readonly message: string
  readonly fix: string
}

/** A row that an issuer's answer leads to. */
export interface IssuerCauseRow extends SourceCauseRow {
  readonly when: IssuerCondition
}

/** All given conditions must hold; the first row that matches wins, so special rows stand before general ones. */
export interface IssuerCondition extends AnswerCondition {
  readonly issuers?: readonly StepIssuer[]
  readonly shape?: 'html'
  /** Tested on the head of the body; never on a web page: pages quote all sorts of words. */
  readonly body?: RegExp
}
