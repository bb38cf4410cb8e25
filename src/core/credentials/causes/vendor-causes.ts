import type { IssuerCauseRow } from '../source-cause.ts'

/** GitHub's own OIDC endpoint, and the model vendors' workload identity. */
export const VENDOR_CAUSES = [
  {
    code: 'oidc-refused',
    seen: '401, 403 or 404 from GitHub’s OIDC endpoint',
    when: { issuers: ['github-oidc'], status: [400, 401, 403, 404] },
    isPermanent: true,
    message: 'GitHub gives this job no identity token ({status}: {excerpt}).',
    fix: 'Give the job `permissions: id-token: write`; pull requests from forks never have it.',
  },
  {
    code: 'identity-reused',
    seen: '`jti_reused`: the same identity token was exchanged twice',
    when: { issuers: ['anthropic', 'openai'], body: /\bjti[ _-]?(reused|known|already|replay)|already (been )?used/i },
    isPermanent: false,
    message: '{issuer} has seen this identity token before ({excerpt}).',
    fix: 'A fresh one is used for the next attempt; if it stays so, look for another step that exchanges the same token.',
  },
  {
    code: 'anthropic-request-invalid',
    seen: '400 `invalid_request` from /v1/oauth/token',
    when: { issuers: ['anthropic'], status: [400], body: /\binvalid_request(_error)?\b/ },
    isPermanent: true,
    message: 'Anthropic does not understand the exchange ({excerpt}).',
    fix: 'Check {inputs}: rule, organization and service account are different kinds of ids; a rule for several workspaces needs anthropic-workspace-id.',
  },
  {
    code: 'anthropic-rule-mismatch',
    seen: '401 `authentication_error`, 400 `invalid_grant`: Anthropic does not say why',
    when: { issuers: ['anthropic'], status: [400, 401, 403, 404] },
    isPermanent: true,
    message: 'Anthropic’s federation rule does not let this job in ({status}: {excerpt}).',
    fix: 'Look up the reason under Workload identity in the Claude Console; check {inputs}, and the rule’s subject against this repository, branch or environment.',
  },
  {
    code: 'openai-mapping-mismatch',
    seen: '400, 401, 403 or 404 from auth.openai.com',
    when: { issuers: ['openai'], status: [400, 401, 403, 404] },
    isPermanent: true,
    message: 'OpenAI’s workload identity does not let this job in ({status}: {excerpt}).',
    fix: 'Check {inputs}, the provider’s audience (https://api.openai.com/v1 is what is sent), and its mapping of this repository to the service account.',
  },
] as const satisfies readonly IssuerCauseRow[]
