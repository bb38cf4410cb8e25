import type { IssuerCauseRow } from '../source-cause.ts'

const sts = ['gcp'] as const
const iam = ['gcp-iam'] as const

/** Google's STS, then the service account's token. */
export const GCP_CAUSES = [
  {
    code: 'gcp-provider-unknown',
    seen: '`invalid_target`, or `invalid_request`: invalid value for "audience"',
    when: { issuers: sts, body: /\binvalid_target\b|Invalid value for \\?"audience/i },
    isPermanent: true,
    message: 'Google knows no such workload identity provider, or it is disabled ({excerpt}).',
    fix: 'Write gcp-workload-identity-provider as projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>, with the project’s number, not its name.',
  },
  {
    code: 'gcp-condition-refused',
    seen: '`unauthorized_client`: rejected by the attribute condition',
    when: { issuers: sts, body: /\bunauthorized_client\b/ },
    isPermanent: true,
    message: 'The workload identity provider does not let this job in ({excerpt}).',
    fix: 'Check the attribute condition of the provider against this repository, branch and owner.',
  },
  {
    code: 'gcp-identity-stale',
    seen: '`invalid_grant`: the token is stale or expired',
    when: { issuers: sts, body: /\binvalid_grant\b[\s\S]{0,400}\b(stale|expired|in the future)\b/i },
    isPermanent: false,
    message: 'Google calls the identity token of this job outdated ({excerpt}).',
    fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
  },
  {
    code: 'gcp-identity-refused',
    seen: '`invalid_grant`: audience, issuer or signature do not match',
    when: { issuers: sts, body: /\binvalid_grant\b/ },
    isPermanent: true,
    message: 'Google does not accept the identity token of this job ({excerpt}).',
    fix: 'Check issuer and allowed audiences of the workload identity provider; the default audience is what is sent.',
  },
  {
    code: 'gcp-request-invalid',
    seen: 'Any other 4xx of Google’s STS',
    when: { issuers: sts, status: [400, 401, 403, 404] },
    isPermanent: true,
    message: 'Google’s STS refused the exchange ({status}: {excerpt}).',
    fix: 'Check gcp-workload-identity-provider, and that the Security Token Service API is enabled in its project.',
  },
  {
    code: 'gcp-api-disabled',
    seen: '403 `SERVICE_DISABLED`: IAM Service Account Credentials API',
    when: { issuers: iam, body: /SERVICE_DISABLED|has not been used in project/ },
    isPermanent: true,
    message: 'The IAM Service Account Credentials API is switched off ({excerpt}).',
    fix: 'Enable iamcredentials.googleapis.com in the project of the workload identity pool.',
  },
  {
    code: 'gcp-impersonation-refused',
    seen: '403 `PERMISSION_DENIED`: iam.serviceAccounts.getAccessToken',
    when: { issuers: iam, status: [401, 403] },
    isPermanent: true,
    message: 'This job may not act as the service account ({status}: {excerpt}).',
    fix: 'Give the principal of this repository the role Workload Identity User on gcp-service-account.',
  },
  {
    code: 'gcp-service-account-unknown',
    seen: '404, or 400 for a name that is none',
    when: { issuers: iam, status: [400, 404] },
    isPermanent: true,
    message: 'Google knows no such service account ({status}: {excerpt}).',
    fix: 'Write gcp-service-account as the account’s whole e-mail address.',
  },
  {
    code: 'gcp-request-invalid',
    seen: 'Any other 4xx that is not a limit',
    when: { issuers: [...sts, ...iam], status: { from: 405, to: 428 } },
    isPermanent: true,
    message: '{issuer} refused the request ({status}: {excerpt}).',
    fix: 'Check {inputs}.',
  },
] as const satisfies readonly IssuerCauseRow[]
