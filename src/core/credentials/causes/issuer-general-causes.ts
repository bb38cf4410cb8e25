import type { IssuerCauseRow } from '../source-cause.ts'

/**
 * Statuses that pass by themselves, whatever the body says. They stand before the rows of each issuer: some of those take every 4xx for
 * permanent, and a limit would then stop the renewal for ever.
 */
export const ISSUER_LIMIT_CAUSES = [
  {
    code: 'issuer-busy',
    seen: '408, 425 or 429 with any text',
    when: { status: [408, 425, 429] },
    isPermanent: false,
    message: '{issuer} at {host} limits the rate of requests right now ({status}: {excerpt}).',
    fix: 'The next attempt follows by itself.',
  },
] as const satisfies readonly IssuerCauseRow[]

/** What a status alone allows to say; the last row takes every answer. */
export const ISSUER_GENERAL_CAUSES = [
  {
    code: 'issuer-busy',
    seen: '`slow_down`, `temporarily_unavailable` with another status',
    when: { status: { from: 400, to: 499 }, body: /\b(slow_down|temporarily_unavailable)\b/ },
    isPermanent: false,
    message: '{issuer} at {host} cannot answer right now ({status}: {excerpt}).',
    fix: 'The next attempt follows by itself.',
  },
  {
    code: 'issuer-error',
    seen: '5xx',
    when: { status: { from: 500, to: 599 } },
    isPermanent: false,
    message: '{issuer} at {host} has a failure of its own ({status}: {excerpt}).',
    fix: 'The next attempt follows by itself; see the issuer’s status page if it lasts.',
  },
  {
    code: 'issuer-answer-malformed',
    seen: '2xx without a usable token',
    when: { status: { from: 200, to: 299 } },
    isPermanent: false,
    message: '{issuer} at {host} answered {status}, but not with a token that can be used.',
    fix: 'Check {inputs}: the address must be a token endpoint, and its tokens plain bearer tokens.',
  },
  {
    code: 'issuer-refused',
    seen: 'Any other 4xx',
    when: { status: { from: 400, to: 499 } },
    isPermanent: false,
    message: '{issuer} at {host} refused the request ({status}: {excerpt}).',
    fix: 'Check {inputs}.',
  },
  {
    code: 'issuer-unknown-answer',
    seen: 'Anything else',
    when: {},
    isPermanent: false,
    message: '{issuer} at {host} gave an answer we do not know ({status}: {excerpt}).',
    fix: 'Check {inputs}; if they are right, please report this answer as an issue.',
  },
] as const satisfies readonly IssuerCauseRow[]
