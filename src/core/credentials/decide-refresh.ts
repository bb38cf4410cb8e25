import type { RefreshRule } from './refresh-rule.ts'

/** Bytes of a body in which the text of a rule is looked for: an error names its cause early. */
export const REFRESH_BODY_LIMIT = 16 * 1024

/** The head of an upstream's answer, and of its body if that was read. */
export interface UpstreamAnswer {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** At most {@link REFRESH_BODY_LIMIT}; absent while it has not been read. */
  readonly body?: string
}

/**
 * Decides whether an answer means that the credential is over. `read-body`: the head alone does not tell, ask again with the
 * beginning of the body, which must then be held back from the client.
 */
export function decideRefresh(answer: UpstreamAnswer, rules: readonly RefreshRule[]): 'refresh' | 'pass' | 'read-body' {
  const candidates = rules.filter((rule) => rule.status === answer.status)
  if (candidates.length === 0) return 'pass'
  if (candidates.some(({ text }) => text === undefined || isInHead(answer, text))) return 'refresh'
  if (answer.body === undefined) return 'read-body'
  const head = answer.body.slice(0, REFRESH_BODY_LIMIT)
  return candidates.some(({ text = '' }) => head.includes(text)) ? 'refresh' : 'pass'
}

// AWS names its error in the first header, OAuth resource servers in the second.
function isInHead({ headers }: UpstreamAnswer, text: string): boolean {
  return ['x-amzn-errortype', 'www-authenticate'].some((name) => [headers[name]].flat().join(' ').includes(text))
}
