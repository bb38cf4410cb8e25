// size: one table, one row per answer; a row is found by its neighbours
import type { GithubTokenKind } from '../../../src/core/credentials/github-token-kind.ts'
import type { CauseCode } from '../../../src/core/probes/cause-table.ts'
import type { ProbeAnswer, ProbeFailure } from '../../../src/core/probes/probe.ts'
import type { ProviderConfig } from '../../../src/core/sidecar-config.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { answer, DOTCOM, MODELS, provider, SERVER, TENANT, upstream } from './situations.ts'

/** Answers as upstreams, gateways and networks really give them, and the row of the dictionary each must lead to. */
export interface AnswerCase {
  readonly provider: ProviderConfig
  readonly answer: ProbeAnswer
  readonly cause: CauseCode
  readonly verdict: 'valid' | 'rejected' | 'inconclusive'
  readonly topology?: Topology
  readonly tokenKind?: GithubTokenKind
}

const COPILOT = provider('copilot')
const OPENAI = provider('openai')
const ANTHROPIC = provider('anthropic')
const GEMINI = provider('gemini')
const VERTEX = provider('vertex')
const GATEWAY = provider('byok')
const AZURE = provider('byok', { dialect: 'azure', upstream: upstream('https://res.openai.azure.com') })

const BEDROCK = provider('byok', {
  dialect: 'bedrock',
  upstream: upstream('https://bedrock-runtime.us-east-1.amazonaws.com'),
})

const failure = (kind: ProbeFailure, code: string): ProbeAnswer => ({ kind: 'failure', failure: kind, code })

const github = (status: number, body: unknown): ProbeAnswer =>
  answer(status, body, { 'x-github-request-id': 'AAAA:1:2:3:4', 'content-type': 'text/plain; charset=utf-8' })

const openaiError = (message: string, code: string | null): unknown => ({
  error: { message, type: 'invalid_request_error', param: null, code },
})

const anthropicError = (type: string, message: string): unknown => ({ type: 'error', error: { type, message } })

const googleError = (code: number, message: string, reason: string): unknown => ({
  error: {
    code,
    message,
    status: 'INVALID_ARGUMENT',
    details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
  },
})

const html = (status: number, title: string): ProbeAnswer =>
  answer(
    status,
    `<!DOCTYPE html>\n<html><head><title>${title}</title></head><body><form action="/login"></form></body></html>`,
    {
      'content-type': 'text/html; charset=utf-8',
    },
  )

type Row = readonly [
  ProviderConfig,
  ProbeAnswer,
  CauseCode,
  AnswerCase['verdict'],
  Pick<AnswerCase, 'topology' | 'tokenKind'>?,
]

const NETWORK: readonly Row[] = [
  [OPENAI, failure('dns', 'ENOTFOUND'), 'dns', 'inconclusive'],
  [GATEWAY, failure('refused', 'ECONNREFUSED'), 'connection-refused', 'inconclusive'],
  [ANTHROPIC, failure('reset', 'ECONNRESET'), 'connection-reset', 'inconclusive'],
  [GEMINI, failure('timeout', 'ETIMEDOUT'), 'timeout', 'inconclusive'],
  [COPILOT, failure('tls', 'SELF_SIGNED_CERT_IN_CHAIN'), 'tls-untrusted', 'inconclusive'],
  [COPILOT, failure('tls', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'), 'tls-untrusted', 'inconclusive'],
  [COPILOT, failure('tls', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls-untrusted', 'inconclusive'],
  [COPILOT, failure('tls', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls-untrusted', 'inconclusive'],
  [GATEWAY, failure('tls', 'ERR_TLS_CERT_ALTNAME_INVALID'), 'tls-wrong-name', 'inconclusive'],
  [GATEWAY, failure('tls', 'CERT_HAS_EXPIRED'), 'tls-expired', 'inconclusive'],
  [GATEWAY, failure('tls', 'ERR_SSL_WRONG_VERSION_NUMBER'), 'tls-failed', 'inconclusive'],
  [OPENAI, failure('proxy-auth', '407'), 'proxy-auth-required', 'inconclusive'],
  [OPENAI, failure('proxy-refused', '403'), 'proxy-refused', 'inconclusive'],
  [OPENAI, failure('unknown', 'EMFILE'), 'network-failure', 'inconclusive'],
]

const COPILOT_ROWS: readonly Row[] = [
  [COPILOT, github(200, MODELS), 'ok', 'valid', { tokenKind: 'fine-grained' }],
  [COPILOT, github(200, { data: [] }), 'copilot-no-models', 'inconclusive'],
  [
    COPILOT,
    github(400, 'bad request: Authorization header is badly formatted\n'),
    'copilot-header-malformed',
    'rejected',
  ],
  [
    COPILOT,
    github(
      400,
      'checking third-party user token: bad request: GitHub App Server-To-Server Tokens are not supported for this endpoint\n',
    ),
    'copilot-installation-refused',
    'rejected',
    { tokenKind: 'installation' },
  ],
  [
    provider('copilot', { integrationId: 'vscode-chat' }),
    github(
      400,
      'checking third-party user token: bad request: Personal Access Tokens are not supported for this endpoint\n',
    ),
    'copilot-integration-refused',
    'rejected',
    { tokenKind: 'fine-grained' },
  ],
  [
    COPILOT,
    github(400, 'bad request: Personal Access Tokens are not supported for this endpoint'),
    'copilot-pat-refused',
    'rejected',
  ],
  [
    COPILOT,
    github(400, openaiError('The requested model is not supported.', 'model_not_supported')),
    'copilot-model-unsupported',
    'inconclusive',
  ],
  [COPILOT, github(400, 'bad request'), 'bad-request', 'inconclusive'],
  [
    COPILOT,
    github(401, 'unauthorized: Personal Access Token does not have "Copilot Requests" permission\n'),
    'copilot-permission-missing',
    'rejected',
    { tokenKind: 'fine-grained' },
  ],
  [
    COPILOT,
    github(401, 'unauthorized: unauthorized: AuthenticateToken authentication failed\n'),
    'copilot-token-unknown',
    'rejected',
  ],
  [COPILOT, github(401, { message: 'Bad credentials', status: '401' }), 'copilot-bad-credentials', 'rejected'],
  [COPILOT, github(401, 'IDE token expired: unauthorized: token expired\n'), 'copilot-token-expired', 'rejected'],
  [COPILOT, github(401, 'unauthorized'), 'copilot-unauthorized', 'rejected', { tokenKind: 'oauth' }],
  [
    COPILOT,
    github(401, 'unauthorized'),
    'copilot-installation-unauthorized',
    'rejected',
    { tokenKind: 'installation' },
  ],
  [COPILOT, github(401, 'unauthorized'), 'copilot-classic-token', 'rejected', { tokenKind: 'classic' }],
  [COPILOT, github(403, 'unauthorized: not authorized to use this Copilot feature\n'), 'copilot-policy', 'rejected'],
  [
    COPILOT,
    github(
      403,
      'You are not authorized to use this Copilot feature, it requires an enterprise or organization policy to be enabled.',
    ),
    'copilot-policy',
    'rejected',
  ],
  [COPILOT, github(403, 'unauthorized: not licensed to use Copilot\n'), 'copilot-no-seat', 'rejected'],
  [
    COPILOT,
    github(403, {
      message:
        'Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.',
    }),
    'github-ip-allow-list',
    'rejected',
  ],
  [
    COPILOT,
    github(403, { message: 'Resource protected by organization SAML enforcement.' }),
    'github-sso-required',
    'rejected',
  ],
  [COPILOT, github(403, 'forbidden'), 'copilot-forbidden', 'rejected'],
  [COPILOT, answer(403, 'Access to this site is blocked by category AI'), 'forbidden', 'inconclusive'],
  [
    COPILOT,
    github(402, openaiError('You have exceeded your premium request allowance.', 'quota_exceeded')),
    'copilot-quota',
    'rejected',
  ],
  [COPILOT, github(421, 'Misdirected Request'), 'copilot-misdirected', 'rejected'],
  [COPILOT, github(404, '404 page not found'), 'no-listing', 'inconclusive'],
  [
    COPILOT,
    github(401, 'unauthorized: AuthenticateToken authentication failed'),
    'copilot-wrong-tenant',
    'rejected',
    { topology: TENANT },
  ],
  [
    provider('copilot', { upstream: TENANT.copilot, upstreamIsExplicit: true }),
    github(401, 'unauthorized: AuthenticateToken authentication failed'),
    'copilot-wrong-tenant',
    'rejected',
  ],
  [
    provider('copilot', { upstream: TENANT.copilot }),
    github(401, 'unauthorized: AuthenticateToken authentication failed'),
    'copilot-token-unknown',
    'rejected',
    { topology: TENANT },
  ],
  [
    provider('copilot', { upstream: SERVER.copilot }),
    github(401, { message: 'Bad credentials' }),
    'copilot-bad-credentials',
    'rejected',
    { topology: SERVER },
  ],
  [
    provider('copilot', { upstream: upstream('https://copilot-gateway.corp.example'), upstreamIsExplicit: true }),
    answer(401, 'unauthorized'),
    'copilot-unauthorized',
    'rejected',
  ],
]

const OPENAI_ROWS: readonly Row[] = [
  [OPENAI, answer(200, { object: 'list', ...MODELS }), 'ok', 'valid'],
  [OPENAI, answer(200, { object: 'list', data: [] }), 'ok', 'valid'],
  [
    OPENAI,
    answer(
      401,
      openaiError(
        'Incorrect API key provided: sk-proj-********abcd. You can find your API key at https://platform.openai.com/account/api-keys.',
        'invalid_api_key',
      ),
    ),
    'openai-key-rejected',
    'rejected',
  ],
  [
    OPENAI,
    answer(401, openaiError('Missing bearer or basic authentication in header', null)),
    'openai-no-credential',
    'rejected',
  ],
  [
    OPENAI,
    answer(
      401,
      openaiError(
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth",
        null,
      ),
    ),
    'openai-no-credential',
    'rejected',
  ],
  [
    OPENAI,
    answer(
      403,
      openaiError(
        "You have insufficient permissions for this operation. Missing scopes: api.model.read. Check that you have the correct role in your organization, and if you're using a restricted API key, that it has the necessary scopes.",
        null,
      ),
    ),
    'openai-key-restricted',
    'inconclusive',
  ],
  [
    OPENAI,
    answer(403, openaiError('Country, region, or territory not supported', 'unsupported_country_region_territory')),
    'openai-region',
    'rejected',
  ],
  [
    OPENAI,
    answer(401, openaiError('Your IP address 203.0.113.7 is not authorized to use this project.', 'ip_not_authorized')),
    'openai-ip-allow-list',
    'rejected',
  ],
  [
    OPENAI,
    answer(
      401,
      openaiError('The OpenAI account associated with this API key has been deactivated.', 'account_deactivated'),
    ),
    'openai-account-deactivated',
    'rejected',
  ],
  [
    OPENAI,
    answer(401, openaiError('You must be a member of an organization to use the API.', 'no_organization')),
    'openai-organization',
    'rejected',
  ],
  [
    OPENAI,
    answer(
      401,
      openaiError('OpenAI-Organization header should match organization for API key', 'mismatched_organization'),
    ),
    'openai-organization',
    'rejected',
  ],
  [
    OPENAI,
    answer(401, openaiError('Your authentication token has expired. Please try signing in again.', 'token_expired')),
    'openai-token-expired',
    'rejected',
  ],
  [
    OPENAI,
    answer(
      429,
      openaiError('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'),
    ),
    'openai-quota',
    'rejected',
  ],
  [
    OPENAI,
    answer(429, openaiError('Rate limit reached for requests', 'rate_limit_exceeded')),
    'rate-limited',
    'inconclusive',
  ],
  [OPENAI, answer(503, openaiError('The engine is currently overloaded', null)), 'upstream-error', 'inconclusive'],
  [
    AZURE,
    answer(401, {
      error: {
        code: '401',
        message:
          'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription.',
      },
    }),
    'azure-key-or-endpoint',
    'rejected',
  ],
  [
    GATEWAY,
    answer(401, {
      statusCode: 401,
      message:
        'Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.',
    }),
    'azure-key-missing',
    'rejected',
  ],
  [
    AZURE,
    answer(403, { error: { code: '403', message: 'Public access is disabled. Please configure private endpoint.' } }),
    'azure-network',
    'rejected',
  ],
  [
    AZURE,
    answer(403, { error: { code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' } }),
    'azure-network',
    'rejected',
  ],
  [
    AZURE,
    answer(401, {
      error: {
        code: 'PermissionDenied',
        message:
          'The principal `x` lacks the required data action `Microsoft.CognitiveServices/accounts/OpenAI/models/read`',
      },
    }),
    'azure-role',
    'rejected',
  ],
  [AZURE, answer(404, { error: { code: '404', message: 'Resource not found' } }), 'azure-not-found', 'inconclusive'],
  [
    AZURE,
    answer(401, {
      statusCode: 401,
      message:
        'Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), or have expired.',
    }),
    'unauthorized',
    'rejected',
  ],
]

const ANTHROPIC_ROWS: readonly Row[] = [
  [ANTHROPIC, answer(200, { data: [{ type: 'model', id: 'claude-opus-4-8' }], has_more: false }), 'ok', 'valid'],
  [
    ANTHROPIC,
    answer(401, anthropicError('authentication_error', 'invalid x-api-key')),
    'anthropic-key-rejected',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(401, anthropicError('authentication_error', 'x-api-key header is required')),
    'anthropic-no-credential',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(401, anthropicError('authentication_error', 'jti_reused')),
    'anthropic-assertion-reused',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(
      401,
      anthropicError(
        'authentication_error',
        'OAuth token has expired. Please obtain a new token or refresh your existing token.',
      ),
    ),
    'anthropic-token-expired',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(401, anthropicError('authentication_error', 'Invalid bearer token')),
    'anthropic-token-expired',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(
      403,
      anthropicError('permission_error', 'OAuth authentication is currently not allowed for this organization.'),
    ),
    'anthropic-oauth-not-allowed',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(400, anthropicError('invalid_request_error', 'This organization has been disabled.')),
    'anthropic-organization-disabled',
    'rejected',
  ],
  [
    ANTHROPIC,
    answer(
      400,
      anthropicError(
        'invalid_request_error',
        'Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.',
      ),
    ),
    'anthropic-credit',
    'rejected',
  ],
  [ANTHROPIC, answer(403, anthropicError('forbidden', 'Request not allowed')), 'anthropic-region', 'rejected'],
  [
    ANTHROPIC,
    answer(
      403,
      anthropicError('permission_error', 'Your API key does not have permission to use the specified resource.'),
    ),
    'anthropic-permission',
    'rejected',
  ],
  [ANTHROPIC, answer(529, anthropicError('overloaded_error', 'Overloaded')), 'upstream-error', 'inconclusive'],
  [
    ANTHROPIC,
    answer(400, anthropicError('invalid_request_error', 'anthropic-version: header is required')),
    'bad-request',
    'inconclusive',
  ],
]

const GOOGLE_ROWS: readonly Row[] = [
  [GEMINI, answer(200, { models: [{ name: 'models/gemini-3-pro' }] }), 'ok', 'valid'],
  [VERTEX, answer(200, { publisherModels: [{ name: 'publishers/google/models/gemini-3-pro' }] }), 'ok', 'valid'],
  [
    GEMINI,
    answer(400, googleError(400, 'API key not valid. Please pass a valid API key.', 'API_KEY_INVALID')),
    'google-key-rejected',
    'rejected',
  ],
  [
    GEMINI,
    answer(400, googleError(400, 'API key expired. Please renew the API key.', 'API_KEY_INVALID')),
    'google-key-expired',
    'rejected',
  ],
  [
    GEMINI,
    answer(403, googleError(403, 'Your API key was reported as leaked. Please use another API key.', '')),
    'google-key-leaked',
    'rejected',
  ],
  [
    GEMINI,
    answer(
      400,
      '<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 400 (Bad Request)!!1</title>',
      { 'content-type': 'text/html; charset=UTF-8' },
    ),
    'google-key-empty',
    'rejected',
  ],
  [
    GEMINI,
    answer(
      403,
      googleError(
        403,
        'Requests to this API generativelanguage.googleapis.com method google.ai.generativelanguage.v1beta.ModelService.ListModels are blocked.',
        'API_KEY_SERVICE_BLOCKED',
      ),
    ),
    'google-key-api-blocked',
    'rejected',
  ],
  [
    GEMINI,
    answer(403, googleError(403, 'The provided API key has an IP address restriction.', 'API_KEY_IP_ADDRESS_BLOCKED')),
    'google-key-caller-blocked',
    'rejected',
  ],
  [
    VERTEX,
    answer(
      403,
      googleError(403, 'Vertex AI API has not been used in project 1 before or it is disabled.', 'SERVICE_DISABLED'),
    ),
    'google-service-disabled',
    'rejected',
  ],
  [
    VERTEX,
    answer(403, googleError(403, 'Permission denied: Consumer has been suspended.', 'CONSUMER_SUSPENDED')),
    'google-project-blocked',
    'rejected',
  ],
  [
    GEMINI,
    answer(400, googleError(400, 'User location is not supported for the API use.', '')),
    'google-region',
    'rejected',
  ],
  [
    GEMINI,
    answer(
      403,
      googleError(403, "Method doesn't allow unregistered callers (callers without established identity).", ''),
    ),
    'google-no-credential',
    'rejected',
  ],
  [
    VERTEX,
    answer(
      401,
      googleError(
        401,
        'API keys are not supported by this API. Expected OAuth2 access token or other authentication credentials that assert a principal.',
        'CREDENTIALS_MISSING',
      ),
    ),
    'google-key-not-taken',
    'inconclusive',
  ],
  [
    GEMINI,
    answer(
      401,
      googleError(
        401,
        'Request had invalid authentication credentials. Expected OAuth 2 access token.',
        'ACCESS_TOKEN_TYPE_UNSUPPORTED',
      ),
    ),
    'google-token-refused',
    'rejected',
  ],
  [GEMINI, answer(400, googleError(400, 'Invalid JSON payload received.', '')), 'bad-request', 'inconclusive'],
]

const GENERAL_ROWS: readonly Row[] = [
  [GATEWAY, answer(200, MODELS), 'ok', 'valid'],
  [GATEWAY, answer(200, ['llama-4', 'qwen-3']), 'ok', 'valid'],
  [GATEWAY, answer(200, { status: 'healthy' }), 'not-a-listing', 'inconclusive'],
  [
    GATEWAY,
    answer(200, { StatusCode: 401, message: 'Access denied due to invalid subscription key.' }),
    'not-a-listing',
    'inconclusive',
  ],
  [GATEWAY, answer(200, { data: null, error: { message: 'no' } }), 'not-a-listing', 'inconclusive'],
  [GATEWAY, answer(200, ''), 'not-a-listing', 'inconclusive'],
  [GATEWAY, answer(204, ''), 'not-a-listing', 'inconclusive'],
  [OPENAI, html(200, 'Sign in to your account'), 'captive-portal', 'inconclusive'],
  [OPENAI, answer(511, 'Network Authentication Required'), 'captive-portal', 'inconclusive'],
  [OPENAI, answer(407, 'Proxy Authentication Required'), 'proxy-auth-required', 'inconclusive'],
  [
    GATEWAY,
    answer(302, '', { location: 'https://login.microsoftonline.com/x/oauth2?state=abc' }),
    'redirected',
    'inconclusive',
  ],
  [OPENAI, html(403, 'Access Denied by firewall rules'), 'web-page', 'inconclusive'],
  [OPENAI, html(401, '401 Authorization Required'), 'web-page', 'inconclusive'],
  [OPENAI, html(502, '502 Bad Gateway'), 'web-page', 'inconclusive'],
  [
    provider('byok', { credential: { kind: 'none' } }),
    answer(401, { error: 'unauthorized' }),
    'credential-missing',
    'rejected',
  ],
  [
    GATEWAY,
    answer(401, { error: 'Authentication Error, Invalid proxy server token passed' }),
    'unauthorized',
    'rejected',
  ],
  [GATEWAY, answer(402, { error: 'pay first' }), 'payment-required', 'rejected'],
  [GATEWAY, answer(403, { message: 'Forbidden' }), 'forbidden', 'inconclusive'],
  [GATEWAY, answer(404, { detail: 'Not Found' }), 'no-listing', 'inconclusive'],
  [GATEWAY, answer(405, 'Method Not Allowed'), 'no-listing', 'inconclusive'],
  [GATEWAY, answer(421, 'Misdirected Request'), 'misdirected', 'inconclusive'],
  [GATEWAY, answer(429, 'slow down'), 'rate-limited', 'inconclusive'],
  [GATEWAY, answer(500, 'oops'), 'upstream-error', 'inconclusive'],
  [GATEWAY, answer(400, 'no'), 'bad-request', 'inconclusive'],
  [GATEWAY, answer(418, 'teapot'), 'unknown-answer', 'inconclusive'],
]

const aws = (status: number, type: string, message: string): ProbeAnswer =>
  answer(status, { __type: type, message }, { 'x-amzn-errortype': type })

const BEDROCK_ROWS: readonly Row[] = [
  [BEDROCK, answer(200, { modelSummaries: [{ modelId: 'anthropic.claude-sonnet-4' }] }), 'ok', 'valid'],
  [
    BEDROCK,
    aws(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
    'bedrock-credential-rejected',
    'rejected',
  ],
  [
    BEDROCK,
    answer(403, { Message: 'Invalid API Key format: Must start with pre-defined prefix' }),
    'bedrock-credential-rejected',
    'rejected',
  ],
  [
    BEDROCK,
    aws(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
    'bedrock-credential-expired',
    'rejected',
  ],
  [
    BEDROCK,
    aws(403, 'InvalidSignatureException', 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z'),
    'bedrock-clock-skewed',
    'rejected',
  ],
  [
    BEDROCK,
    aws(403, 'AccessDeniedException', 'User: x is not authorized to perform: bedrock:ListFoundationModels'),
    'bedrock-listing-denied',
    'inconclusive',
  ],
]

const ROWS = [
  ...BEDROCK_ROWS,
  ...NETWORK,
  ...COPILOT_ROWS,
  ...OPENAI_ROWS,
  ...ANTHROPIC_ROWS,
  ...GOOGLE_ROWS,
  ...GENERAL_ROWS,
]

export const ANSWER_CASES: readonly AnswerCase[] = ROWS.map(([config, given, cause, verdict, extra]) => ({
  provider: config,
  answer: given,
  cause,
  verdict,
  topology: DOTCOM,
  ...extra,
}))
