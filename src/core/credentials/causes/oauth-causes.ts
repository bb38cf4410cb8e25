import type { IssuerCauseRow } from '../source-cause.ts'

const issuers = ['oauth', 'azure'] as const
const CLIENT_ERROR = { from: 400, to: 499 } as const

/** Errors of RFC 6749 §5.2 from token endpoints, behind the rows that know more about one issuer. */
export const OAUTH_CAUSES = [
  {
    code: 'oauth-client-invalid',
    seen: '`invalid_client`',
    when: { issuers, status: CLIENT_ERROR, body: /\binvalid_client\b/ },
    isPermanent: true,
    message: '{issuer} does not accept this client ({status}: {excerpt}).',
    fix: 'Check {inputs}: id and proof of the client must belong together and to this token endpoint.',
  },
  {
    code: 'oauth-client-unauthorized',
    seen: '`unauthorized_client`',
    when: { issuers, status: CLIENT_ERROR, body: /\bunauthorized_client\b/ },
    isPermanent: true,
    message: '{issuer} knows the client but does not allow it this kind of grant ({status}: {excerpt}).',
    fix: 'Allow the client this grant at its issuer, or choose the other one in {inputs}.',
  },
  {
    code: 'oauth-grant-invalid',
    seen: '`invalid_grant`: a refresh token that was used, revoked or has expired',
    when: { issuers, status: CLIENT_ERROR, body: /\binvalid_grant\b/ },
    isPermanent: true,
    message: '{issuer} does not accept the grant ({status}: {excerpt}): it was used before, revoked, or has expired.',
    fix: 'Log in again and store the new refresh token; a rotating one may be used by one job at a time only.',
  },
  {
    code: 'oauth-scope-invalid',
    seen: '`invalid_scope`',
    when: { issuers, status: CLIENT_ERROR, body: /\binvalid_scope\b/ },
    isPermanent: true,
    message: '{issuer} does not know the scope, or does not give it to this client ({status}: {excerpt}).',
    fix: 'Correct the scope in {inputs}, or leave it out for the client’s default.',
  },
  {
    code: 'oauth-request-invalid',
    seen: '`invalid_request`, `unsupported_grant_type`',
    when: { issuers, status: CLIENT_ERROR, body: /\b(invalid_request|unsupported_grant_type)\b/ },
    isPermanent: true,
    message: '{issuer} does not understand the request ({status}: {excerpt}).',
    fix: 'Check {inputs}: the address must be a token endpoint that takes this grant.',
  },
] as const satisfies readonly IssuerCauseRow[]
