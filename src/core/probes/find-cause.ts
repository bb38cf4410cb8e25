import type { GithubTokenKind } from '../credentials/github-token-kind.ts'
import type { CauseCondition, CauseRow } from './cause.ts'
import { CAUSES, type CauseCode } from './cause-table.ts'
import { looksLikeHtml } from './excerpt.ts'
import { BODY_HEAD, matchesOutcome, matchesStatus } from './match-answer.ts'
import type { ProbeAnswer, ProbeKind } from './probe.ts'
import { readListing } from './read-listing.ts'

/** Everything a condition may ask about, derived once per answer. */
export interface CauseSituation {
  readonly kind: ProbeKind
  readonly answer: ProbeAnswer
  readonly tokenKind: GithubTokenKind | undefined
  readonly isForeignHost: boolean
  readonly isExplicit: boolean
  readonly isKeyless: boolean
  readonly hasIntegrationId: boolean
}

type Shape = NonNullable<CauseCondition['shape']>
type Test = (when: CauseCondition, situation: CauseSituation, shape: Shape) => boolean

/**
 * The first row of the dictionary that matches.
 * @throws RangeError when none does; the last row takes every answer, so that is a defect of the table.
 */
export function findCause(situation: CauseSituation): CauseRow & { readonly code: CauseCode } {
  const shape = deriveShape(situation.answer)
  const row = CAUSES.find((each) => TESTS.every((test) => test(each.when, situation, shape)))
  if (row === undefined) throw new RangeError('Cannot read a probe: no row of the dictionary matches')
  return row
}

const TESTS: readonly Test[] = [
  (when, { answer }) => matchesOutcome(when, answer),
  (when, { answer }) =>
    when.status === undefined || (answer.kind === 'answer' && matchesStatus(when.status, answer.status)),
  (when, { kind }) => includes(when.kinds, kind),
  (when, { answer }, shape) => matchesBody(when, answer, shape),
  (when, _situation, shape) => when.shape === undefined || when.shape === shape,
  (when, { answer }) =>
    when.header === undefined || (answer.kind === 'answer' && Object.hasOwn(answer.headers, when.header)),
  (when, { tokenKind }) => includes(when.tokenKinds, tokenKind),
  (when, { isForeignHost }) => when.host === undefined || isForeignHost,
  (when, situation) => when.isExplicit === undefined || when.isExplicit === situation.isExplicit,
  (when, situation) => when.isKeyless === undefined || when.isKeyless === situation.isKeyless,
  (when, situation) => when.hasIntegrationId === undefined || when.hasIntegrationId === situation.hasIntegrationId,
]

function matchesBody(when: CauseCondition, answer: ProbeAnswer, shape: Shape): boolean {
  if (when.body === undefined) return true
  if (answer.kind !== 'answer' || (shape === 'html' && when.shape !== 'html')) return false
  return when.body.test(answer.body.slice(0, BODY_HEAD))
}

function includes<T>(wanted: readonly T[] | undefined, found: T | undefined): boolean {
  return wanted === undefined || (found !== undefined && wanted.includes(found))
}

function deriveShape(answer: ProbeAnswer): Shape {
  if (answer.kind === 'failure') return 'other'
  if (looksLikeHtml(answer.body, answer.headers['content-type'] ?? '')) return 'html'
  if (answer.status < 200 || answer.status > 299) return 'other'
  const models = readListing(answer.body)
  if (models === undefined) return 'other'
  return models.length === 0 ? 'empty-listing' : 'listing'
}
