/**
 * What a GitHub token is, told from its prefix. The kind decides what the Copilot API lets it do: installation tokens cannot
 * look up a user, only OAuth and app-user tokens may be exchanged, classic tokens are refused everywhere.
 */
export type GithubTokenKind =
  /** `github_pat_`: fine-grained personal access token. */
  | 'fine-grained'
  /** `ghp_`: classic personal access token. */
  | 'classic'
  /** `gho_`: OAuth app token of a user. */
  | 'oauth'
  /** `ghu_`: GitHub App token of a user. */
  | 'app-user'
  /** `ghs_`: installation token; the job's own GITHUB_TOKEN is one. */
  | 'installation'
  /** `ghr_`: refresh token, never a credential for requests. */
  | 'refresh'
  | 'unknown'

const PREFIXES: readonly (readonly [prefix: string, kind: GithubTokenKind])[] = [
  ['github_pat_', 'fine-grained'],
  ['ghp_', 'classic'],
  ['gho_', 'oauth'],
  ['ghu_', 'app-user'],
  ['ghs_', 'installation'],
  ['ghr_', 'refresh'],
]

/** Tells the kind of a token from its prefix; `unknown` for everything that is not one of GitHub's spellings. */
export function deriveGithubTokenKind(token: string): GithubTokenKind {
  return PREFIXES.find(([prefix]) => token.startsWith(prefix))?.[1] ?? 'unknown'
}
