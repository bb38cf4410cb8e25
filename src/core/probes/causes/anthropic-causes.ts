import type { CauseRow } from '../cause.ts'

/** Anthropic's Messages API and gateways that speak it. */
export const ANTHROPIC_CAUSES = [
  {
    code: 'anthropic-key-rejected',
    seen: '401 `authentication_error: invalid x-api-key`',
    when: {
      kinds: ['anthropic'],
      status: [401, 403],
      body: /invalid x-api-key|invalid api key|api key is (invalid|disabled)/i,
    },
    verdict: 'rejected',
    message: '{host} refused the key ({status}, invalid x-api-key).',
    fix: 'Create a key at https://platform.claude.com/settings/keys (or at your gateway) and store it in the secret behind {input}.',
  },
  {
    code: 'anthropic-no-credential',
    seen: '401 `x-api-key header is required`',
    when: {
      kinds: ['anthropic'],
      status: [401, 403],
      body: /x-api-key( header)? (is )?(required|missing)|missing[^.]{0,20}(x-api-key|api key)/i,
    },
    verdict: 'rejected',
    message: '{host} saw no credential in the request ({status}).',
    fix: 'Check that the secret behind {input} is not empty, and set provider-auth-header if the gateway reads another header.',
  },
  {
    code: 'anthropic-assertion-reused',
    seen: '401 `jti_reused`',
    when: { kinds: ['anthropic'], status: [400, 401], body: /jti_reused/i },
    verdict: 'rejected',
    message: '{host} says that one GitHub OIDC token was exchanged twice ({status}, jti_reused).',
    fix: 'Mint a fresh OIDC token for every exchange; do not share one between steps.',
  },
  {
    code: 'anthropic-token-expired',
    seen: '401 `OAuth token has expired`, `Invalid bearer token`',
    when: {
      kinds: ['anthropic'],
      status: [401, 403],
      body: /(oauth |bearer )?token (has )?(been )?(expired|revoked)|invalid bearer token/i,
    },
    verdict: 'rejected',
    message: '{host} refused the access token: it is expired, revoked or not one of Anthropic’s ({status}).',
    fix: 'Give a fresh token in {input}, or an API key, which does not expire.',
  },
  {
    code: 'anthropic-oauth-not-allowed',
    seen: '403 `OAuth authentication is currently not allowed for this organization`',
    when: {
      kinds: ['anthropic'],
      status: [401, 403],
      body: /oauth authentication is (currently )?not (allowed|supported)/i,
    },
    verdict: 'rejected',
    message: '{host} does not let this organization use OAuth tokens ({status}).',
    fix: 'Use an API key from https://platform.claude.com/settings/keys in {input}, or ask an owner to allow it.',
  },
  {
    code: 'anthropic-organization-disabled',
    seen: '400 or 403 `This organization has been disabled`',
    when: { kinds: ['anthropic'], status: [400, 401, 403], body: /organization has been disabled/i },
    verdict: 'rejected',
    message: '{host} says that the organization behind the key is disabled ({status}).',
    fix: 'Use a key of another organization, or ask Anthropic’s support.',
  },
  {
    code: 'anthropic-credit',
    seen: '400 or 402 `Your credit balance is too low to access the Anthropic API`',
    when: {
      kinds: ['anthropic'],
      status: [400, 402, 403, 429],
      body: /credit balance is too low|billing_error|spending limit/i,
    },
    verdict: 'rejected',
    message: '{host} accepts the key, but its account has no credit left ({status}).',
    fix: 'Add credit at https://platform.claude.com/settings/billing.',
  },
  {
    code: 'anthropic-region',
    seen: '403 `Request not allowed`',
    when: {
      kinds: ['anthropic'],
      status: [403],
      body: /request not allowed|not available in your (country|region)|unsupported (country|region)/i,
    },
    verdict: 'rejected',
    message: '{host} does not serve the region this runner’s address belongs to (403).',
    fix: 'Run the job on a runner in a supported region, or go out through one with upstream-proxy.',
  },
  {
    code: 'anthropic-permission',
    seen: '403 `permission_error`',
    when: { kinds: ['anthropic'], status: [403], body: /permission_error/i },
    verdict: 'rejected',
    message: '{host} knows the key, but it lacks the permission to be used here (403: {excerpt}).',
    fix: 'Check workspace and permissions of the key at https://platform.claude.com/settings/keys.',
  },
] as const satisfies readonly CauseRow[]
