import type { Hostname } from '../hostname.ts'
import type { RuleScheme } from './policy.ts'
import type { RuleProblem } from './rule-problems.ts'

/** What one entry of an allow-list says, before it is known where it stands. */
export type ParsedRule =
  | { readonly kind: 'allow'; readonly target: RuleTarget }
  | { readonly kind: 'deny'; readonly target: RuleName }
  /** A word without a dot; whether there is such a bundle is decided by who has the table. */
  | { readonly kind: 'bundle'; readonly name: string }
  | RuleProblem

export interface RuleName {
  readonly kind: 'host' | 'wildcard'
  readonly name: Hostname
  /** The name was written in other letters than ASCII. */
  readonly isConverted: boolean
}

export interface RuleTarget extends RuleName {
  readonly scheme: RuleScheme
  readonly port: number
}

/** The default port of TLS, and of plain HTTP. */
export const TLS_PORT = 443
export const HTTP_PORT = 80
