import type { CauseRow } from '../cause.ts'

const TOKEN_PAGE = 'https://{issuer}/settings/personal-access-tokens/new'

/**
 * Copilot API (`GET /models`), rows told by the text of the answer. Statuses mean little here: a 400 is an authentication failure
 * in four ways, a 403 mostly a policy. Texts as reported in public threads of copilot-cli, gh-aw-firewall and gh-aw.
 */
export const COPILOT_REFUSAL_CAUSES = [
  {
    code: 'copilot-classic-token',
    seen: 'Any refusal of a classic token (`ghp_`)',
    when: { kinds: ['copilot'], tokenKinds: ['classic'], status: [400, 401, 403] },
    verdict: 'rejected',
    message: '{host} refused a classic personal access token ({status}): Copilot never accepts these.',
    fix: `Create a fine-grained token with the account permission “Copilot Requests” at ${TOKEN_PAGE} and put it in {input}.`,
  },
  {
    code: 'copilot-header-malformed',
    seen: '400 `Authorization header is badly formatted`',
    when: { kinds: ['copilot'], status: [400], body: /authorization header is badly formatted/i },
    verdict: 'rejected',
    message:
      '{host} does not take the credential in the scheme it was sent with (400, Authorization header is badly formatted).',
    fix: 'Give {input} as the bare GitHub token, without “Bearer” or “token” in front; both schemes are tried by themselves.',
  },
  {
    code: 'copilot-integration-refused',
    seen: '400 `… Tokens are not supported for this endpoint` or an unknown Copilot-Integration-Id, with copilot-integration-id set',
    when: {
      kinds: ['copilot'],
      status: [400, 403],
      hasIntegrationId: true,
      body: /tokens are not supported for this endpoint|copilot-integration-id/i,
    },
    verdict: 'rejected',
    message: '{host} refuses this kind of token for the integration id “{integrationId}” ({status}).',
    fix: 'Remove copilot-integration-id: the default, copilot-developer-cli, takes every kind of token.',
  },
  {
    code: 'copilot-installation-refused',
    seen: '400 `GitHub App Server-To-Server Tokens are not supported for this endpoint`',
    when: { kinds: ['copilot'], status: [400, 401, 403], body: /server-to-server tokens are not supported/i },
    verdict: 'rejected',
    message: '{host} refuses this installation token (`ghs_`): it lacks the right to make Copilot requests.',
    fix: 'Add `permissions: copilot-requests: write` to the job (or to the App, installed on all repositories) and have the organization policy “Allow use of Copilot CLI billed to the organization” switched on.',
  },
  {
    code: 'copilot-pat-refused',
    seen: '400 `Personal Access Tokens are not supported for this endpoint`',
    when: { kinds: ['copilot'], status: [400, 401, 403], body: /personal access tokens are not supported/i },
    verdict: 'rejected',
    message: '{host} refuses personal access tokens ({status}).',
    fix: 'Remove copilot-api-target if it names no Copilot API host, else use the job’s GITHUB_TOKEN with `permissions: copilot-requests: write` as {input}.',
  },
  {
    code: 'copilot-permission-missing',
    seen: '401 `Personal Access Token does not have "Copilot Requests" permission`',
    when: { kinds: ['copilot'], status: [400, 401, 403], body: /does not have\W+copilot requests\W+permission/i },
    verdict: 'rejected',
    message: '{host} knows the token, but it was made without the permission “Copilot Requests” ({status}).',
    fix: 'Edit the token at https://{issuer}/settings/personal-access-tokens: owner is you, not an organization; Account permissions → Copilot Requests → Read-only.',
  },
  {
    code: 'copilot-policy',
    seen: '403 `… it requires an enterprise or organization policy to be enabled`, `not authorized to use this Copilot feature`',
    when: {
      kinds: ['copilot'],
      status: [401, 403],
      body: /requires an enterprise or organization policy|not authorized to use this copilot feature|denied by copilot policy/i,
    },
    verdict: 'rejected',
    message:
      '{host} accepts the token, but a Copilot policy of the organization or enterprise forbids its use ({status}).',
    fix: 'An owner must enable the policy “Copilot CLI” on {issuer} (organization or enterprise settings → Copilot → Policies); a new token does not help.',
  },
  {
    code: 'copilot-no-seat',
    seen: '403 `not licensed to use Copilot`, `copilot_license_required`, `subscription has ended`',
    when: {
      kinds: ['copilot', 'exchange'],
      status: [401, 402, 403],
      body: /not licensed to use copilot|copilot_license_required|subscription has ended|no copilot (access|seat|subscription)/i,
    },
    verdict: 'rejected',
    message: '{host} knows the account behind the token, but it has no Copilot seat ({status}).',
    fix: 'Assign a Copilot seat to the token’s owner; https://{issuer}/settings/copilot shows what that account has.',
  },
  {
    code: 'github-ip-allow-list',
    seen: '403 `… has an IP allow list enabled, and your IP address is not permitted …`',
    when: { kinds: ['copilot', 'exchange'], status: [401, 403], body: /ip allow list/i },
    verdict: 'rejected',
    message: '{host} accepts the token, but not from this runner’s address: an IP allow list is on ({status}).',
    fix: 'Have the runner’s outgoing address added to the IP allow list of the organization or enterprise on {issuer}.',
  },
  {
    code: 'github-sso-required',
    seen: '403 `Resource protected by organization SAML enforcement`',
    when: { kinds: ['copilot', 'exchange'], status: [401, 403], body: /saml (enforcement|sso)|single sign-on/i },
    verdict: 'rejected',
    message: '{host} wants the token to be authorized for single sign-on ({status}).',
    fix: 'Authorize the token for the organization: https://{issuer}/settings/tokens → Configure SSO.',
  },
  {
    code: 'copilot-quota',
    seen: '402 or 429 with `quota`, `premium requests`, `billing`',
    when: { kinds: ['copilot'], status: [402, 429], body: /quota|premium request|billing|budget|spending limit/i },
    verdict: 'rejected',
    message: '{host} accepts the token, but its Copilot quota or budget is used up ({status}).',
    fix: 'Raise the budget or wait for the reset: https://{issuer}/settings/billing shows premium requests.',
  },
  {
    code: 'copilot-model-unsupported',
    seen: '400 `The requested model is not supported`',
    when: { kinds: ['copilot'], status: [400], body: /model (is )?not supported|model_not_(supported|available)/i },
    verdict: 'inconclusive',
    message:
      '{host} answered that a model is not supported (400), which its catalogue does at times for models that exist.',
    fix: 'Run again; keep copilot-integration-id at its default, which sees the whole catalogue.',
  },
] as const satisfies readonly CauseRow[]
