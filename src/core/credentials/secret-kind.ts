import type { Hostname } from '../hostname.ts'
import { isSubdomainOf } from '../hostname.ts'

/** What an input's secret must be. `gateway`: any vendor's or a key of its own, because the upstream is not the vendor's host. */
export type SecretKind = 'copilot' | 'openai' | 'anthropic' | 'google' | 'gateway'

export interface KnownSecretRow {
  readonly prefix: string
  /** As users know it, with article. */
  readonly name: string
  /** The one kind of input that takes it; absent where no provider's requests can carry it. */
  readonly kind?: Exclude<SecretKind, 'gateway'>
}

/** Spellings that tell what a secret is; a longer prefix stands before a shorter one. Unknown spellings are left to the probe. */
const KNOWN_SECRETS: readonly KnownSecretRow[] = [
  { prefix: 'sk-ant-oat', name: 'an Anthropic OAuth token', kind: 'anthropic' },
  { prefix: 'sk-ant-ort', name: 'an Anthropic refresh token' },
  { prefix: 'sk-ant-admin', name: 'an Anthropic admin key' },
  { prefix: 'sk-ant-', name: 'an Anthropic API key', kind: 'anthropic' },
  { prefix: 'sk-or-', name: 'an OpenRouter key' },
  { prefix: 'sk-admin-', name: 'an OpenAI admin key' },
  { prefix: 'sk-', name: 'an OpenAI API key', kind: 'openai' },
  { prefix: 'github_pat_', name: 'a fine-grained GitHub token', kind: 'copilot' },
  { prefix: 'gho_', name: 'a GitHub OAuth token', kind: 'copilot' },
  { prefix: 'ghu_', name: 'a GitHub App user token', kind: 'copilot' },
  { prefix: 'ghs_', name: 'a GitHub installation token', kind: 'copilot' },
  { prefix: 'ghp_', name: 'a classic GitHub token' },
  { prefix: 'ghr_', name: 'a GitHub refresh token' },
  { prefix: 'AIza', name: 'a Google API key', kind: 'google' },
  { prefix: 'ya29.', name: 'a Google OAuth access token' },
  { prefix: 'AKIA', name: 'an AWS access key id' },
  { prefix: 'ASIA', name: 'an AWS access key id' },
]

/** Tells what a secret is from its spelling. */
export function findKnownSecret(text: string): KnownSecretRow | undefined {
  return KNOWN_SECRETS.find((row) => text.startsWith(row.prefix))
}

const VENDOR_HOSTS: ReadonlyMap<string, SecretKind> = new Map([
  ['api.openai.com', 'openai'],
  ['api.anthropic.com', 'anthropic'],
])

/** Only a vendor's own host takes that vendor's keys alone; any other host may be a gateway with keys of any spelling. */
export function deriveSecretKind(hostname: Hostname): SecretKind {
  if (isSubdomainOf(hostname, 'googleapis.com' as Hostname)) return 'google'
  return VENDOR_HOSTS.get(hostname) ?? 'gateway'
}
