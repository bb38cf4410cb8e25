import type { CredentialSource } from '../credentials/source.ts'
import type { ApiDialect } from '../providers/provider.ts'

/** These hand out access tokens, which travel as Bearer also where a key has a header of its own. */
const ISSUES_BEARER: ReadonlySet<CredentialSource['kind']> = new Set(['oauth', 'azure', 'gcp'])
const HAS_KEY_HEADER: ReadonlySet<ApiDialect> = new Set(['azure', 'google', 'anthropic'])

/** Header that a credential of this source needs where the dialect's own would be another one; undefined where it is the same. */
export function deriveAuthHeader(dialect: ApiDialect, source: CredentialSource): string | undefined {
  return ISSUES_BEARER.has(source.kind) && HAS_KEY_HEADER.has(dialect) ? 'authorization' : undefined
}
