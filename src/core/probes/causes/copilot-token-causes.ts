import type { CauseRow } from '../cause.ts'

const TOKEN_PAGE = 'https://{issuer}/settings/personal-access-tokens/new'

/**
 * Copilot API, rows for a token that is dead, belongs to another GitHub, or meets the host of another plan. They stand after the
 * rows that are told by a more telling text.
 */
export const COPILOT_TOKEN_CAUSES = [
  {
    code: 'copilot-wrong-tenant',
    seen: '401, 403 or 421 from a Copilot host that does not belong to the job’s GitHub',
    when: { kinds: ['copilot'], host: 'foreign', status: [401, 403, 421] },
    verdict: 'rejected',
    message: '{host} refused the token ({status}), but this job runs on {web}, whose Copilot API is {copilotHost}.',
    fix: 'Remove copilot-api-target, or set github-server-url to the GitHub that issued the token in {input}.',
  },
  {
    code: 'copilot-token-unknown',
    seen: '401 `AuthenticateToken authentication failed`',
    when: { kinds: ['copilot'], status: [401], body: /authenticatetoken authentication failed/i },
    verdict: 'rejected',
    message:
      '{host} does not know this token (401): it is expired or revoked, or another GitHub than {issuer} issued it.',
    fix: `Make a token at ${TOKEN_PAGE}; if it came from another GitHub, set github-server-url to that one.`,
  },
  {
    code: 'copilot-bad-credentials',
    seen: '401 `Bad credentials`',
    when: { kinds: ['copilot', 'exchange'], status: [401], body: /bad credentials/i },
    verdict: 'rejected',
    message:
      '{host} calls the token bad credentials (401): it is expired, revoked, or belongs to another GitHub than {issuer}.',
    fix: `Make a token at ${TOKEN_PAGE}, or compare github-server-url with the GitHub that issued it.`,
  },
  {
    code: 'copilot-token-expired',
    seen: '401 `unauthorized: token expired`',
    when: { kinds: ['copilot'], status: [401, 403], body: /token (has )?expired|expired token/i },
    verdict: 'rejected',
    message: '{host} says that the token has expired ({status}).',
    fix: `Make a new token at ${TOKEN_PAGE} and store it in the secret behind {input}.`,
  },
  {
    code: 'copilot-misdirected',
    seen: '421 `Misdirected Request`',
    when: { kinds: ['copilot'], status: [421] },
    verdict: 'rejected',
    message:
      '{host} does not serve the Copilot plan of this token (421); from {web} alone the host would be {copilotHost}.',
    fix: 'Set copilot-api-target to the host of the plan, e.g. https://api.business.githubcopilot.com or https://api.enterprise.githubcopilot.com, on a GHE.com tenant https://copilot-api.TENANT.ghe.com.',
  },
  {
    code: 'copilot-installation-unauthorized',
    seen: '401 or 403 for an installation token (`ghs_`) without a text we know',
    when: { kinds: ['copilot'], tokenKinds: ['installation'], status: [401, 403], shape: 'other' },
    verdict: 'rejected',
    message: '{host} refused the installation token ({status}: {excerpt}).',
    fix: 'Give the job `permissions: copilot-requests: write` and have the policy “Allow use of Copilot CLI billed to the organization” switched on at {issuer}.',
  },
  {
    code: 'copilot-unauthorized',
    seen: '401 without a text we know',
    when: { kinds: ['copilot'], status: [401], shape: 'other' },
    verdict: 'rejected',
    message: '{host} refused the token (401: {excerpt}).',
    fix: `Make a fine-grained token with the account permission “Copilot Requests” at ${TOKEN_PAGE}.`,
  },
  {
    code: 'copilot-forbidden',
    seen: '403 of GitHub itself (with x-github-request-id) without a text we know',
    when: { kinds: ['copilot'], status: [403], header: 'x-github-request-id', shape: 'other' },
    verdict: 'rejected',
    message:
      '{host} refused the listing of models (403: {excerpt}), as it does for Business and Enterprise seats at another plan’s host.',
    fix: 'Check the policy “Copilot CLI” on {issuer}, and set copilot-api-target to the host of the seat’s plan if the account has one.',
  },
  {
    code: 'copilot-no-models',
    seen: '200 with an empty listing',
    when: { kinds: ['copilot'], status: { from: 200, to: 299 }, shape: 'empty-listing' },
    verdict: 'inconclusive',
    message: '{host} accepts the token but lists no model for it.',
    fix: 'Have models enabled for the account on {issuer} (organization settings → Copilot → Models).',
  },
] as const satisfies readonly CauseRow[]
