import { renderTemplate } from '../probes/cause.ts'
import { deriveExcerpt, looksLikeHtml } from '../probes/excerpt.ts'
import { parseJson, readPath } from '../probes/json.ts'
import { BODY_HEAD, matchesOutcome, matchesStatus } from '../probes/match-answer.ts'
import type { ProbeAnswer } from '../probes/probe.ts'
import type { Redactor } from '../redact.ts'
import { renderAuthority } from '../upstream.ts'
import { SOURCE_CAUSES } from './causes/source-causes.ts'
import { ISSUER_CAUSES, ISSUERS } from './issuer-cause-table.ts'
import type { SourceFailure } from './source.ts'
import type { IssuerCondition, SourceCauseRow } from './source-cause.ts'
import type { StepIssuer, TokenStep } from './token-step.ts'

interface Situation {
  readonly issuer: StepIssuer
  readonly answer: ProbeAnswer
  /** Differs from the answer's where an issuer reports an error with 200, as GitHub's OAuth does. */
  readonly status: number
  readonly isHtml: boolean
  /** Redacted head of the body. */
  readonly head: string
}

/**
 * Why an answer is no credential. The issuer's text is redacted, cleaned and cut before anything of it is quoted, and nothing
 * is quoted of an answer that may hold a token.
 */
export function deriveIssuerFailure(step: TokenStep, answer: ProbeAnswer, redact: Redactor): SourceFailure {
  const situation = deriveSituation(step.issuer, answer, redact)
  const row = ISSUER_CAUSES.find((each) => TESTS.every((test) => test(each.when, situation)))
  if (row === undefined) throw new RangeError('Cannot read an answer: no row of the dictionary matches')
  // By what stands there: servers call a token answer a page, too.
  const quotes = answer.kind === 'answer' && (situation.status >= 400 || looksLikeHtml(situation.head, ''))
  return renderSourceFailure(row, {
    ...deriveIssuerFacts(step),
    status: answer.kind === 'answer' ? String(answer.status) : 'no status',
    code: answer.kind === 'failure' ? cleanCode(answer.code) : 'no code',
    excerpt: quotes ? deriveIssuerExcerpt(situation.head) : 'no text',
  })
}

/** A failure that was found without an answer, or in a token that did come. */
export function deriveLocalFailure(
  cause: keyof typeof SOURCE_CAUSES,
  step: { readonly issuer: StepIssuer; readonly request?: TokenStep['request'] },
  missing = '',
): SourceFailure {
  return renderSourceFailure(SOURCE_CAUSES[cause], { ...deriveIssuerFacts(step), missing })
}

/** Fills a row's sentences. @throws RangeError for a placeholder that the facts do not have. */
export function renderSourceFailure(row: SourceCauseRow, facts: Readonly<Record<string, string>>): SourceFailure {
  return {
    kind: 'failure',
    cause: row.code,
    message: capitalize(renderTemplate(row.message, facts)),
    fix: renderTemplate(row.fix, facts),
    isPermanent: row.isPermanent,
  }
}

// Some labels begin with an article.
function capitalize(sentence: string): string {
  return sentence.replace(/^\p{Ll}/u, (letter) => letter.toUpperCase())
}

function deriveIssuerFacts(step: { readonly issuer: StepIssuer; readonly request?: TokenStep['request'] }): {
  readonly issuer: string
  readonly host: string
  readonly inputs: string
} {
  const { label, inputs } = ISSUERS[step.issuer]
  return { issuer: label, inputs, host: step.request === undefined ? label : renderAuthority(step.request.upstream) }
}

function deriveSituation(issuer: StepIssuer, answer: ProbeAnswer, redact: Redactor): Situation {
  if (answer.kind === 'failure') return { issuer, answer, status: 0, isHtml: false, head: '' }
  const body = redact(answer.body)
  const isHidden = answer.status < 300 && typeof readPath(parseJson(body), 'error') === 'string'
  return {
    issuer,
    answer,
    status: isHidden ? 400 : answer.status,
    isHtml: looksLikeHtml(body, answer.headers['content-type'] ?? ''),
    head: body.slice(0, BODY_HEAD),
  }
}

const TESTS: readonly ((when: IssuerCondition, situation: Situation) => boolean)[] = [
  (when, { issuer }) => when.issuers === undefined || when.issuers.includes(issuer),
  (when, { answer }) => matchesOutcome(when, answer),
  (when, { status }) => when.status === undefined || matchesStatus(when.status, status),
  (when, { isHtml }) => when.shape === undefined || isHtml,
  (when, { isHtml, head }) => when.body === undefined || (!isHtml && when.body.test(head)),
]

// Where issuers keep their sentence, before the places in which every API keeps it.
const SENTENCES = [['error_description'], ['Error', 'Message'], ['error', 'message']] as const

/** Entra's sentences end in ids of the request that only its support can use; STS answers in XML. */
function deriveIssuerExcerpt(head: string): string {
  const parsed = parseJson(head)
  const named = SENTENCES.map((path) => readPath(parsed, ...path)).find(
    (value): value is string => typeof value === 'string' && value !== '',
  )
  const text = named ?? /<Message>([^<]{1,2000})/.exec(head)?.[1] ?? head
  return deriveExcerpt(text.replace(/\s*(Trace ID|Correlation ID|Timestamp):[\s\S]*$/, ''))
}

function cleanCode(code: string): string {
  return /^[A-Za-z0-9_ -]{1,60}$/.test(code) ? code : 'no code'
}
