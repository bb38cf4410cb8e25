import type { CauseRow } from '../cause.ts'

/** `GET {REST}/copilot_internal/v2/token`: a 403 there proves nothing about the token. */
export const EXCHANGE_CAUSES = [
  {
    code: 'exchange-not-allowed',
    seen: '403 or 404 `Resource not accessible by personal access token` (or `by integration`) from /copilot_internal/v2/token',
    when: { kinds: ['exchange'], status: [403, 404] },
    verdict: 'inconclusive',
    message: '{host} does not exchange this kind of token ({status}); that says nothing about the token itself.',
    fix: 'Use copilot-routing: inject, which sends the token as it is; only OAuth tokens of GitHub’s own editor apps can be exchanged.',
  },
  {
    code: 'exchange-malformed',
    seen: '200 from /copilot_internal/v2/token without `token` and `expires_at`',
    when: { kinds: ['exchange'], status: { from: 200, to: 299 } },
    verdict: 'inconclusive',
    message: '{host} answered the token exchange without a token and its expiry.',
    fix: 'Use copilot-routing: inject, and check that GITHUB_API_URL is the REST API of {issuer}.',
  },
] as const satisfies readonly CauseRow[]
