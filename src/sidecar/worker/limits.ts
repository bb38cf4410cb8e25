import type { TokenUsage } from '../../core/events.ts'
import type { RefusalCode } from '../../core/refusals.ts'

/**
 * Budgets of a run. Requests are counted when they are admitted, so parallel ones cannot overshoot. Tokens are known only
 * afterwards; each request in flight therefore reserves as many as the largest one so far used.
 */
export interface Limits {
  /** Reserves room for one model request, or says which budget is used up. */
  admit(): RefusalCode | undefined
  /** Gives the reservation back and books what was really used. */
  settle(usage: TokenUsage | undefined): void
  /** Counts one more request on a connection that was admitted once (WebSocket), or says which budget is used up. */
  admitFurther(): RefusalCode | undefined
  /** Books one response on such a connection; says when the tokens are used up, for which it need not wait for the next request. */
  book(usage: TokenUsage): RefusalCode | undefined
  /** What counts against the budgets so far. */
  used(): { readonly requests: number; readonly tokens: number }
}

export interface LimitSettings {
  readonly maxRequests: number | null
  readonly maxTokens: number | null
  /** What an earlier worker of this run has already used. */
  readonly used: { readonly requests: number; readonly tokens: number }
}

/** Counts against the budgets of a run, beginning with what an earlier worker has used. */
export function createLimits(settings: LimitSettings): Limits {
  const maxRequests = settings.maxRequests ?? Number.POSITIVE_INFINITY
  const maxTokens = settings.maxTokens ?? Number.POSITIVE_INFINITY
  let { requests, tokens } = settings.used
  let inFlight = 0
  let largest = 0
  const add = (usage: TokenUsage): void => {
    const total = usage.input + usage.output
    tokens += total
    largest = Math.max(largest, total)
  }
  const checkTokens = (reserved: number): RefusalCode | undefined =>
    tokens + reserved >= maxTokens ? 'token_limit_reached' : undefined
  const exceeded = (reserved: number): RefusalCode | undefined => {
    if (requests >= maxRequests) return 'request_limit_reached'
    return checkTokens(reserved)
  }
  return {
    admit: () => {
      const refusal = exceeded(inFlight * largest)
      if (refusal !== undefined) return refusal
      requests += 1
      inFlight += 1
      return undefined
    },
    settle: (usage) => {
      inFlight -= 1
      if (usage !== undefined) add(usage)
    },
    admitFurther: () => {
      const refusal = exceeded(0)
      if (refusal === undefined) requests += 1
      return refusal
    },
    book: (usage) => {
      add(usage)
      return checkTokens(0)
    },
    used: () => ({ requests, tokens }),
  }
}
