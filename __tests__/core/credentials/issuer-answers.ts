import type { StepIssuer } from '../../../src/core/credentials/token-step.ts'
import type { ProbeAnswer, ProbeFailure } from '../../../src/core/probes/probe.ts'
import { answer } from '../probes/situations.ts'

/** Answers of issuers that are no credential: shapes as each issuer documents or users quote them. */
export interface IssuerCase {
  readonly issuer: StepIssuer
  readonly answer: ProbeAnswer
  readonly cause: string
  readonly isPermanent: boolean
}

const PERMANENT = true
const PASSING = false

function row(issuer: StepIssuer, given: ProbeAnswer, [cause, isPermanent]: readonly [string, boolean]): IssuerCase {
  return { issuer, answer: given, cause, isPermanent }
}

const failure = (kind: ProbeFailure, code: string): ProbeAnswer => ({ kind: 'failure', failure: kind, code })

const entra = (number: number, error = 'invalid_client', text = 'Something is wrong.'): ProbeAnswer =>
  answer(number === 53003 ? 400 : 401, {
    error,
    error_description: `AADSTS${number}: ${text} Trace ID: 255d1aef-8c98-452f-ac51-23d051240864 Correlation ID: fb3d2015-bc17-4bb9-bb85-30c5cf1aaaa7 Timestamp: 2026-11-01 12:00:00Z`,
    error_codes: [number],
  })

const stsXml = (code: string, text: string, status = 400): ProbeAnswer =>
  answer(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${text}</Message></Error><RequestId>r</RequestId></ErrorResponse>`,
    { 'content-type': 'text/xml' },
  )

const stsJson = (code: string, text: string): ProbeAnswer =>
  answer(403, { Error: { Code: code, Message: text, Type: 'Sender' }, RequestId: 'r' })

const google = (error: string, text: string): ProbeAnswer => answer(400, { error, error_description: text })

const oauth = (error: string, text = 'No.'): ProbeAnswer => answer(400, { error, error_description: text })

const NETWORK: readonly IssuerCase[] = [
  row('azure', failure('dns', 'ENOTFOUND'), ['issuer-dns', PASSING]),
  row('aws', failure('refused', 'ECONNREFUSED'), ['issuer-connection', PASSING]),
  row('gcp', failure('reset', 'ECONNRESET'), ['issuer-connection', PASSING]),
  row('openai', failure('timeout', 'ETIMEDOUT'), ['issuer-timeout', PASSING]),
  row('anthropic', failure('tls', 'SELF_SIGNED_CERT_IN_CHAIN'), ['issuer-tls', PERMANENT]),
  row('oauth', failure('proxy-auth', '407'), ['issuer-proxy-auth', PERMANENT]),
  row('oauth', answer(407, ''), ['issuer-proxy-auth', PERMANENT]),
  row('oauth', failure('proxy-refused', '403'), ['issuer-proxy-refused', PASSING]),
  row('github-oidc', failure('unknown', 'x\ny'), ['issuer-network', PASSING]),
  row('oauth', answer(200, '<html><title>Sign in</title>access_token'), ['issuer-web-page', PASSING]),
  row('azure', answer(403, '<!doctype html><p>AADSTS7000215</p>'), ['issuer-web-page', PASSING]),
  row('anthropic', answer(401, 'x', { 'content-type': 'text/html; charset=utf-8' }), ['issuer-web-page', PASSING]),
  row('gcp', answer(302, '', { location: 'https://login.example/?token=x' }), ['issuer-redirected', PASSING]),
]

const ENTRA: readonly IssuerCase[] = [
  row('azure', entra(700024, 'invalid_client', 'Client assertion is not within its valid time range.'), [
    'entra-assertion-expired',
    PASSING,
  ]),
  row('azure', entra(700212), ['entra-audience-mismatch', PERMANENT]),
  row(
    'azure',
    entra(70021, 'invalid_request', 'No matching federated identity record found for presented assertion.'),
    ['entra-federation-mismatch', PERMANENT],
  ),
  row('azure', entra(700211), ['entra-federation-mismatch', PERMANENT]),
  row('azure', entra(700213), ['entra-federation-mismatch', PERMANENT]),
  row('oauth', entra(7000215), ['entra-secret-invalid', PERMANENT]),
  row('oauth', entra(7000222), ['entra-secret-expired', PERMANENT]),
  row('azure', entra(700016, 'unauthorized_client'), ['entra-app-unknown', PERMANENT]),
  row('azure', entra(90002, 'invalid_request'), ['entra-tenant-unknown', PERMANENT]),
  row('azure', entra(53003, 'access_denied'), ['entra-conditional-access', PERMANENT]),
  row('azure', entra(1002012, 'invalid_scope'), ['entra-scope-invalid', PERMANENT]),
  row('azure', entra(500011, 'invalid_resource'), ['entra-scope-invalid', PERMANENT]),
  row('oauth', entra(700082, 'invalid_grant'), ['oauth-refresh-token-dead', PERMANENT]),
  row('azure', entra(90033, 'temporarily_unavailable'), ['issuer-busy', PASSING]),
  // A number that is not in the table falls back on the OAuth error beside it, never on a shorter number it begins with.
  row('azure', entra(7002159), ['oauth-client-invalid', PERMANENT]),
]

const OAUTH: readonly IssuerCase[] = [
  row('oauth', oauth('invalid_client'), ['oauth-client-invalid', PERMANENT]),
  row('oauth', oauth('unauthorized_client'), ['oauth-client-unauthorized', PERMANENT]),
  row('oauth', oauth('invalid_grant', 'Token has already been used'), ['oauth-grant-invalid', PERMANENT]),
  row('oauth', oauth('invalid_scope'), ['oauth-scope-invalid', PERMANENT]),
  row('oauth', oauth('invalid_request'), ['oauth-request-invalid', PERMANENT]),
  row('oauth', oauth('unsupported_grant_type'), ['oauth-request-invalid', PERMANENT]),
  row('oauth', oauth('temporarily_unavailable'), ['issuer-busy', PASSING]),
  // GitHub's OAuth says 200 to errors.
  row('oauth', answer(200, { error: 'invalid_grant', error_description: 'bad' }), ['oauth-grant-invalid', PERMANENT]),
  row('oauth', answer(200, { error: 'bad_refresh_token' }), ['issuer-refused', PASSING]),
]

const AWS: readonly IssuerCase[] = [
  row('aws', stsXml('ExpiredTokenException', 'Token expired'), ['aws-identity-expired', PASSING]),
  row('aws', stsJson('ExpiredTokenException', 'Token expired'), ['aws-identity-expired', PASSING]),
  row('aws', stsXml('IDPCommunicationError', 'try again'), ['aws-keys-unreachable', PASSING]),
  row('aws', stsXml('InvalidIdentityToken', "Couldn't retrieve verification key from your identity provider"), [
    'aws-keys-unreachable',
    PASSING,
  ]),
  row(
    'aws',
    stsXml(
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com',
    ),
    ['aws-provider-unknown', PERMANENT],
  ),
  row('aws', stsXml('InvalidIdentityToken', 'Incorrect token audience'), ['aws-audience-mismatch', PERMANENT]),
  row('aws', stsJson('InvalidIdentityToken', 'Bad'), ['aws-identity-refused', PERMANENT]),
  row('aws', stsXml('IDPRejectedClaim', 'no', 403), ['aws-identity-refused', PERMANENT]),
  row('aws', stsXml('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity', 403), [
    'aws-role-refused',
    PERMANENT,
  ]),
  row('aws', stsXml('RegionDisabledException', 'STS is not activated', 403), ['aws-region-disabled', PERMANENT]),
  row('aws', stsXml('Throttling', 'Rate exceeded'), ['issuer-busy', PASSING]),
  row('aws', stsXml('ValidationError', '1 validation error detected'), ['aws-request-invalid', PERMANENT]),
]

const GCP: readonly IssuerCase[] = [
  row('gcp', google('invalid_target', 'The target service indicated by the "audience" parameters is invalid.'), [
    'gcp-provider-unknown',
    PERMANENT,
  ]),
  row('gcp', google('invalid_request', 'Invalid value for "audience". This value should be the full resource name'), [
    'gcp-provider-unknown',
    PERMANENT,
  ]),
  row('gcp', google('unauthorized_client', 'The given credential is rejected by the attribute condition.'), [
    'gcp-condition-refused',
    PERMANENT,
  ]),
  row('gcp', google('invalid_grant', 'ID Token issued at 1793530000 is stale to sign-in.'), [
    'gcp-identity-stale',
    PASSING,
  ]),
  row('gcp', google('invalid_grant', 'The audience in ID Token does not match the expected audience.'), [
    'gcp-identity-refused',
    PERMANENT,
  ]),
  row('gcp', answer(403, { error: { code: 403, message: 'disabled' } }), ['gcp-request-invalid', PERMANENT]),
  row(
    'gcp-iam',
    answer(403, {
      error: {
        status: 'PERMISSION_DENIED',
        message: 'IAM Service Account Credentials API has not been used in project 1 before',
      },
    }),
    ['gcp-api-disabled', PERMANENT],
  ),
  row(
    'gcp-iam',
    answer(403, {
      error: { status: 'PERMISSION_DENIED', message: "Permission 'iam.serviceAccounts.getAccessToken' denied" },
    }),
    ['gcp-impersonation-refused', PERMANENT],
  ),
  row('gcp-iam', answer(404, { error: { status: 'NOT_FOUND', message: 'Unknown service account' } }), [
    'gcp-service-account-unknown',
    PERMANENT,
  ]),
  row('gcp-iam', answer(405, ''), ['gcp-request-invalid', PERMANENT]),
]

const VENDORS: readonly IssuerCase[] = [
  row('github-oidc', answer(403, { message: 'forbidden' }), ['oidc-refused', PERMANENT]),
  row('github-oidc', answer(200, { value: 'no jwt' }), ['issuer-answer-malformed', PASSING]),
  row('anthropic', answer(401, { error: { type: 'authentication_error', message: 'jti_reused' } }), [
    'identity-reused',
    PASSING,
  ]),
  row('anthropic', answer(401, { error: { type: 'authentication_error', message: 'Authentication failed' } }), [
    'anthropic-rule-mismatch',
    PERMANENT,
  ]),
  row('anthropic', answer(400, { error: 'invalid_grant' }), ['anthropic-rule-mismatch', PERMANENT]),
  row('anthropic', answer(400, { error: { type: 'invalid_request_error', message: 'workspace_id is required' } }), [
    'anthropic-request-invalid',
    PERMANENT,
  ]),
  row('openai', answer(401, { error: 'invalid_grant', error_description: 'No mapping matches' }), [
    'openai-mapping-mismatch',
    PERMANENT,
  ]),
  row('github-app', answer(401, { message: 'A JSON web token could not be decoded' }), [
    'github-app-key-refused',
    PERMANENT,
  ]),
  row('github-app', answer(401, { message: "'Expiration time' claim ('exp') is too far in the future" }), [
    'github-app-clock',
    PASSING,
  ]),
  row('github-app', answer(403, { message: 'This installation has been suspended' }), [
    'github-app-suspended',
    PERMANENT,
  ]),
  row('github-app', answer(403, { message: 'You have exceeded a secondary rate limit.' }), ['issuer-busy', PASSING]),
  row('github-app', answer(403, { message: 'Although you appear to have the correct authorization' }), [
    'github-app-forbidden',
    PERMANENT,
  ]),
  row('github-app', answer(404, { message: 'Not Found' }), ['github-app-installation-unknown', PERMANENT]),
  row('github-app', answer(422, { message: 'The permissions requested are not granted to this installation.' }), [
    'github-app-permission-missing',
    PERMANENT,
  ]),
]

const GENERAL: readonly IssuerCase[] = [
  row('openai', answer(429, { error: 'slow' }), ['issuer-busy', PASSING]),
  row('anthropic', answer(529, { error: { message: 'Overloaded' } }), ['issuer-error', PASSING]),
  row('azure', answer(503, 'upstream connect error'), ['issuer-error', PASSING]),
  row('aws', answer(500, 'x'), ['issuer-error', PASSING]),
  row('openai', answer(410, 'gone'), ['issuer-refused', PASSING]),
  row('oauth', answer(401, ''), ['issuer-refused', PASSING]),
  row('oauth', answer(101, ''), ['issuer-unknown-answer', PASSING]),
  row('oauth', answer(200, {}), ['issuer-answer-malformed', PASSING]),
  row('oauth', answer(200, ''), ['issuer-answer-malformed', PASSING]),
  row('oauth', answer(204, ''), ['issuer-answer-malformed', PASSING]),
]

export const ISSUER_CASES: readonly IssuerCase[] = [
  ...NETWORK,
  ...ENTRA,
  ...OAUTH,
  ...AWS,
  ...GCP,
  ...VENDORS,
  ...GENERAL,
]
