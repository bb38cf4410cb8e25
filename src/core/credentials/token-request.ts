import type { Secret } from '../secret.ts'
import { deriveLocalFailure } from './find-issuer-cause.ts'
import { ANTHROPIC_AUDIENCE, deriveAnthropicRequest } from './issuers/anthropic.ts'
import { deriveAwsAudience, deriveAwsRequest } from './issuers/aws-sts.ts'
import { AZURE_CLOUDS, deriveAzureRequest } from './issuers/azure.ts'
import { deriveGcpAudience, deriveGcpRequest } from './issuers/gcp.ts'
import { deriveAppClaims, deriveAppRequest } from './issuers/github-app.ts'
import { deriveOidcRequest } from './issuers/github-oidc.ts'
import { deriveOauthRequest } from './issuers/oauth.ts'
import { deriveOpenaiRequest, OPENAI_AUDIENCE } from './issuers/openai.ts'
import type { GithubAppSource, IssuerSource, OauthSource, SourceFailure } from './source.ts'
import type { SourceInputs, TokenRequest, TokenStep } from './token-step.ts'

/** Sources that show GitHub's identity token of the job to an issuer. */
export type FederatedIssuerSource = Exclude<IssuerSource, OauthSource | GithubAppSource>

/**
 * The first request on the way to a credential: to the issuer itself, or to GitHub for an identity token that the issuer wants
 * to see. Called anew for every credential, so that no assertion is used twice.
 * @returns the step, or why none can be made; never rejects.
 */
export async function deriveFirstStep(source: IssuerSource, inputs: SourceInputs): Promise<TokenStep | SourceFailure> {
  switch (source.kind) {
    case 'oauth':
      return deriveOauthStep(source, inputs)
    case 'github-app':
      return deriveAppStep(source, inputs)
    case 'azure':
    case 'aws':
    case 'gcp':
    case 'anthropic':
    case 'openai':
      return deriveAssertionStep(source, inputs)
  }
}

/** The exchange of a fresh assertion at the issuer. */
export function deriveExchangeStep(source: FederatedIssuerSource, assertion: Secret): TokenStep | SourceFailure {
  const request = deriveExchange(source, assertion)
  if (request !== undefined) return { kind: 'step', issuer: source.kind, source, request }
  return deriveLocalFailure('sourceUnusable', { issuer: source.kind }, 'aws-region')
}

/** What an assertion for this source is made out to. */
export function deriveAudience(source: FederatedIssuerSource): string {
  switch (source.kind) {
    case 'azure':
      return AZURE_CLOUDS[source.cloud].audience
    case 'aws':
      return deriveAwsAudience(source)
    case 'gcp':
      return deriveGcpAudience(source)
    case 'anthropic':
      return ANTHROPIC_AUDIENCE
    case 'openai':
      return OPENAI_AUDIENCE
  }
}

function deriveExchange(source: FederatedIssuerSource, assertion: Secret): TokenRequest | undefined {
  switch (source.kind) {
    case 'azure':
      return deriveAzureRequest(source, assertion)
    case 'aws':
      return deriveAwsRequest(source, assertion)
    case 'gcp':
      return deriveGcpRequest(source, assertion)
    case 'anthropic':
      return deriveAnthropicRequest(source, assertion)
    case 'openai':
      return deriveOpenaiRequest(source, assertion)
  }
}

function deriveOauthStep(source: OauthSource, { secrets }: SourceInputs): TokenStep | SourceFailure {
  const request = deriveOauthRequest(source, secrets)
  if (typeof request !== 'string') return { kind: 'step', issuer: 'oauth', source, request }
  return deriveLocalFailure('secretMissing', { issuer: 'oauth' }, request)
}

function deriveAssertionStep(source: FederatedIssuerSource, { secrets }: SourceInputs): TokenStep | SourceFailure {
  if (secrets.oidcUrl === undefined || secrets.oidcToken === undefined) {
    return deriveLocalFailure('oidcUnavailable', { issuer: source.kind })
  }
  const request = deriveOidcRequest(secrets.oidcUrl, secrets.oidcToken, deriveAudience(source))
  if (request === undefined) return deriveLocalFailure('oidcUrl', { issuer: source.kind })
  return { kind: 'step', issuer: 'github-oidc', source, request }
}

async function deriveAppStep(source: GithubAppSource, inputs: SourceInputs): Promise<TokenStep | SourceFailure> {
  const { sign, topology, now } = inputs
  if (sign === undefined) return deriveLocalFailure('secretMissing', { issuer: 'github-app' }, 'github-app-private-key')
  const claims = deriveAppClaims(source, now)
  // Whatever a crypto library says about a key is not repeated.
  const signature = await Promise.resolve(claims)
    .then(sign)
    .catch(() => undefined)
  if (signature === undefined || !/^[\w-]{86,2048}$/.test(signature)) {
    return deriveLocalFailure('appKeyUnusable', { issuer: 'github-app' })
  }
  return {
    kind: 'step',
    issuer: 'github-app',
    source,
    request: deriveAppRequest(source, topology, { claims, signature }),
  }
}
