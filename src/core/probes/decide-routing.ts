import type { GithubTokenKind } from '../credentials/github-token-kind.ts'
import type { RoutingMode } from '../providers/provider.ts'
import type { CauseCode } from './cause-table.ts'
import type { ProbeAnswer } from './probe.ts'
import type { ProbeReading } from './read-probe.ts'

export interface RoutingQuestion {
  readonly configured: RoutingMode | 'auto'
  /** Absent when no token is configured. */
  readonly tokenKind?: GithubTokenKind
  /** What the probe of mode inject found, once there is an answer. */
  readonly injectVerdict?: Pick<ProbeReading, 'verdict' | 'cause'>
}

export interface RoutingDecision {
  readonly mode: RoutingMode
  /** One sentence. */
  readonly reason: string
}

const KIND_NAMES: Readonly<Record<GithubTokenKind, string>> = {
  'fine-grained': 'a fine-grained token (github_pat_)',
  classic: 'a classic token (ghp_)',
  oauth: 'an OAuth token (gho_)',
  'app-user': 'a GitHub App user token (ghu_)',
  installation: 'an installation token (ghs_)',
  refresh: 'a refresh token (ghr_)',
  unknown: 'a credential of unknown kind',
}

/** Kinds that may be exchanged at all; everything else gets 403 there, always. */
const EXCHANGEABLE: readonly GithubTokenKind[] = ['oauth', 'app-user']

// Refusals of the way the token was presented. A dead token or a policy would be refused after an exchange as well.
const SOLVED_BY_EXCHANGE: readonly CauseCode[] = [
  'copilot-header-malformed',
  'copilot-integration-refused',
  'copilot-unauthorized',
  'copilot-forbidden',
]

/**
 * How the Copilot port authenticates. `auto` does what Copilot CLI does on every host, which is to send the GitHub token itself,
 * and exchanges it only where the token may be exchanged and the direct way was refused for its form.
 */
export function decideRouting({ configured, tokenKind, injectVerdict }: RoutingQuestion): RoutingDecision {
  if (configured !== 'auto') return { mode: configured, reason: `copilot-routing is set to ${configured}.` }
  if (tokenKind === undefined) {
    return { mode: 'passthrough', reason: 'No copilot-github-token is given, so the client keeps its own credential.' }
  }
  const name = KIND_NAMES[tokenKind]
  if (injectVerdict === undefined || injectVerdict.verdict === 'valid') {
    const proof = injectVerdict === undefined ? '' : ', and the probe confirmed it'
    return { mode: 'inject', reason: `Copilot takes ${name} as it is, the way Copilot CLI sends it${proof}.` }
  }
  const isFormRefused = injectVerdict.verdict === 'rejected' && SOLVED_BY_EXCHANGE.includes(injectVerdict.cause)
  if (isFormRefused && EXCHANGEABLE.includes(tokenKind)) {
    return {
      mode: 'exchange',
      reason: `Copilot refused ${name} as it is (${injectVerdict.cause}), and this kind may be exchanged.`,
    }
  }
  return { mode: 'inject', reason: deriveStayReason(name, injectVerdict.cause, EXCHANGEABLE.includes(tokenKind)) }
}

/**
 * Whether to try the scheme `token` once instead of `Bearer`: only on 400 with exactly this complaint. Everywhere else the scheme
 * is not the problem, and a second try would only hide the cause.
 */
export function decideSchemeFallback(answer: ProbeAnswer): boolean {
  return (
    answer.kind === 'answer' && answer.status === 400 && /authorization header is badly formatted/i.test(answer.body)
  )
}

function deriveStayReason(name: string, cause: CauseCode, isExchangeable: boolean): string {
  const why = isExchangeable ? 'an exchange would not change that' : 'this kind cannot be exchanged'
  return `The probe with ${name} ended with ${cause}, and ${why}, so it is sent as it is.`
}
