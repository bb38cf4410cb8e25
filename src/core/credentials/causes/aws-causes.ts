import type { IssuerCauseRow } from '../source-cause.ts'

const issuers = ['aws'] as const

/** AssumeRoleWithWebIdentity at AWS STS. */
export const AWS_CAUSES = [
  {
    code: 'aws-identity-expired',
    seen: '`ExpiredTokenException`',
    when: { issuers, body: /\bExpiredToken(Exception)?\b/ },
    isPermanent: false,
    message: 'AWS STS calls the identity token of this job expired.',
    fix: 'A fresh one is used for the next attempt; if it stays so, check the clock of this runner.',
  },
  {
    code: 'aws-keys-unreachable',
    seen: '`IDPCommunicationError`, or `InvalidIdentityToken`: couldn’t retrieve verification key',
    when: { issuers, body: /\bIDPCommunicationError\b|retrieve verification key/i },
    isPermanent: false,
    message: 'AWS STS could not fetch the public keys of GitHub’s identity tokens ({excerpt}).',
    fix: 'The next attempt follows by itself; if it lasts, check that the issuer of this GitHub is reachable from AWS.',
  },
  {
    code: 'aws-provider-unknown',
    seen: '`InvalidIdentityToken`: no OpenIDConnect provider found',
    when: { issuers, body: /No OpenIDConnect provider/i },
    isPermanent: true,
    message: 'The AWS account has no identity provider for the GitHub of this job ({excerpt}).',
    fix: 'Create an IAM OpenID Connect provider for this GitHub’s issuer in the account of aws-role-arn.',
  },
  {
    code: 'aws-audience-mismatch',
    seen: '`InvalidIdentityToken`: incorrect token audience',
    when: { issuers, body: /incorrect token audience/i },
    isPermanent: true,
    message: 'The identity provider in the AWS account does not list the audience of the identity token.',
    fix: 'Add sts.amazonaws.com (in China sts.amazonaws.com.cn) to the audiences of the IAM OpenID Connect provider.',
  },
  {
    code: 'aws-identity-refused',
    seen: '`InvalidIdentityToken`, `IDPRejectedClaim`',
    when: { issuers, body: /\b(InvalidIdentityToken|IDPRejectedClaim)(Exception)?\b/ },
    isPermanent: true,
    message: 'AWS STS does not accept the identity token of this job ({excerpt}).',
    fix: 'Check issuer and audience of the IAM OpenID Connect provider in the account of aws-role-arn.',
  },
  {
    code: 'aws-role-refused',
    seen: '`AccessDenied`: not authorized to perform sts:AssumeRoleWithWebIdentity',
    when: { issuers, body: /\bAccessDenied(Exception)?\b/ },
    isPermanent: true,
    message: 'The role does not let this job assume it ({excerpt}).',
    fix: 'Check aws-role-arn, and that the role’s trust policy names this repository, branch or environment as subject.',
  },
  {
    code: 'aws-region-disabled',
    seen: '`RegionDisabledException`',
    when: { issuers, body: /\bRegionDisabled(Exception)?\b/ },
    isPermanent: true,
    message: 'AWS STS is switched off for the region at {host}.',
    fix: 'Activate the region for STS in the account settings of IAM, or choose another one in aws-region.',
  },
  {
    code: 'issuer-busy',
    seen: '`Throttling`, `RequestLimitExceeded`',
    when: { issuers, body: /\b(Throttling(Exception)?|RequestLimitExceeded|ServiceUnavailable)\b/ },
    isPermanent: false,
    message: 'AWS STS limits the rate of requests right now ({excerpt}).',
    fix: 'The next attempt follows by itself.',
  },
  {
    code: 'aws-request-invalid',
    seen: '`ValidationError` and other errors of the caller',
    when: { issuers, status: { from: 400, to: 499 } },
    isPermanent: true,
    message: 'AWS STS refused the request ({status}: {excerpt}).',
    fix: 'Check aws-role-arn and aws-region.',
  },
] as const satisfies readonly IssuerCauseRow[]
