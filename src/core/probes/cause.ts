import type { GithubTokenKind } from '../credentials/github-token-kind.ts'
import type { Verdict } from '../sidecar-config.ts'
import type { AnswerCondition } from './match-answer.ts'
import type { ProbeKind } from './probe.ts'

/**
 * One row of the error dictionary: what was seen, what it really means, what to do. Everything the user reads about a credential
 * comes from these rows; the docs are generated from them.
 */
export interface CauseRow {
  /** Closed code; `<provider>-<what>` or `<what>` where every provider shares it. */
  readonly code: string
  /** What was seen, as the docs show it: status and the text of the answer. */
  readonly seen: string
  readonly when: CauseCondition
  readonly verdict: Exclude<Verdict, 'unchecked'>
  /** One sentence, names of {@link CauseFacts} in braces: what happened at which host. */
  readonly message: string
  /** One sentence: what to click or change. Empty for `ok` alone. */
  readonly fix: string
}

/** All given conditions must hold; the first row that matches wins, so special rows stand before general ones. */
export interface CauseCondition extends AnswerCondition {
  readonly kinds?: readonly ProbeKind[]
  /** Tested on the head of the body; never on a web page, unless `shape` asks for one: pages quote all sorts of words. */
  readonly body?: RegExp
  readonly shape?: 'html' | 'listing' | 'empty-listing' | 'other'
  /** A response header that must be there. */
  readonly header?: string
  readonly tokenKinds?: readonly GithubTokenKind[]
  /** `foreign`: the upstream is a Copilot host, but of another GitHub than this topology's. */
  readonly host?: 'foreign'
  /** The user named the upstream: a gateway, as a rule. */
  readonly isExplicit?: boolean
  /** No credential is configured for this provider. */
  readonly isKeyless?: boolean
  /** An integration id other than the default is configured. */
  readonly hasIntegrationId?: boolean
}

/** What a sentence may name. None of them can hold a secret: hosts, input names, statuses, links, and a cleaned excerpt. */
export interface CauseFacts {
  /** As users read the provider's name. */
  readonly label: string
  /** `host[:port]` that was asked. */
  readonly host: string
  readonly status: string
  /** Input that holds the credential, and the one that moves the upstream. */
  readonly input: string
  readonly urlInput: string
  /** Web host of the GitHub that must have issued the token. */
  readonly issuer: string
  /** Web host of the GitHub this job runs on. */
  readonly web: string
  /** Copilot API host that follows from the topology. */
  readonly copilotHost: string
  readonly integrationId: string
  /** Error code of the platform, or `no code`. */
  readonly code: string
  /** Host a redirect points to. */
  readonly location: string
  readonly excerpt: string
}

/**
 * Fills the placeholders of a template.
 * @throws RangeError for a placeholder that does not exist: a defect of the table, found by its test.
 */
export function renderTemplate<Facts extends { readonly [Name in keyof Facts]: string }>(
  template: string,
  facts: Facts,
): string {
  return template.replace(/\{(\w+)\}/g, (_match, name: string) => {
    if (!Object.hasOwn(facts, name)) throw new RangeError(`Cannot render a cause: there is no placeholder ${name}`)
    return facts[name as keyof Facts]
  })
}
