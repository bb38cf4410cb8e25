import type { Secret } from '../secret.ts'
import type { Upstream } from '../upstream.ts'

/**
 * Room: credentials. Says what kinds of credential there are, how each is asked for, what each answer means and when it is
 * renewed. Never knows: sockets, processes, files, the clock. Called by: inputs (parsing), the worker (effects).
 */
export type CredentialSource =
  /** A key given as an input; it never changes. */
  | { readonly kind: 'static' }
  /** Passthrough, or a gateway that wants no key. */
  | { readonly kind: 'none' }
  | CommandSource
  | FileSource
  | IssuerSource

export interface CommandSource {
  readonly kind: 'command'
  /** Absolute path of the program, resolved at set-up, and its arguments. Never a shell line unless the user named a shell. */
  readonly argv: readonly string[]
  readonly timeoutMs: number
  /** Names of the variables handed to the command beside the fixed allow-list; values are the secrets `command-env.<name>`. */
  readonly environmentNames: readonly string[]
}

export interface FileSource {
  readonly kind: 'file'
  readonly path: string
}

/** Sources that the worker asks over HTTPS. */
export type IssuerSource =
  | OauthSource
  | AzureSource
  | AwsSource
  | GcpSource
  | AnthropicSource
  | OpenaiSource
  | GithubAppSource

export interface OauthSource {
  readonly kind: 'oauth'
  /** Whole token endpoint; its path is in basePath. */
  readonly tokenUrl: Upstream
  readonly clientId: string
  readonly grant: 'client_credentials' | 'refresh_token'
  readonly scope?: string
}

export interface AzureSource {
  readonly kind: 'azure'
  readonly tenantId: string
  readonly clientId: string
  readonly scope: string
  readonly cloud: 'public' | 'usgov' | 'china'
}

export interface AwsSource {
  readonly kind: 'aws'
  readonly roleArn: string
  readonly region: string
}

export interface GcpSource {
  readonly kind: 'gcp'
  /** `projects/N/locations/global/workloadIdentityPools/P/providers/R` */
  readonly workloadIdentityProvider: string
  readonly serviceAccount?: string
}

export interface AnthropicSource {
  readonly kind: 'anthropic'
  readonly federationRuleId: string
  readonly organizationId: string
  readonly serviceAccountId?: string
  readonly workspaceId?: string
}

export interface OpenaiSource {
  readonly kind: 'openai'
  readonly identityProviderId: string
  readonly serviceAccountId: string
}

export interface GithubAppSource {
  readonly kind: 'github-app'
  readonly appId: string
  readonly installationId: string
}

/** What a source yields: one secret for a header, or keys that sign each request (SigV4). */
export type CredentialValue =
  | { readonly kind: 'secret'; readonly secret: Secret }
  | {
      readonly kind: 'aws'
      readonly accessKeyId: string
      readonly secretAccessKey: Secret
      readonly sessionToken?: Secret
    }

/** A credential as it came from its source. */
export interface ObtainedCredential {
  readonly value: CredentialValue
  /** Wall-clock milliseconds; null when the source does not say. */
  readonly expiresAt: number | null
  /** OAuth: the refresh token to use next time, where the issuer rotates it. */
  readonly nextRefreshToken?: Secret
}

/** Why a source gave no credential. Never contains text of the issuer that was not cleaned and cut. */
export interface SourceFailure {
  readonly kind: 'failure'
  /** Row of the dictionary. */
  readonly cause: string
  /** One sentence: what happened, at which issuer or command. */
  readonly message: string
  /** One sentence: what to do. */
  readonly fix: string
  /** Three tries, then it stays failed: the next attempt would fail the same way (wrong client, rule mismatch, exit 127 …). */
  readonly isPermanent: boolean
}

export type SourceOutcome = { readonly kind: 'obtained'; readonly credential: ObtainedCredential } | SourceFailure
