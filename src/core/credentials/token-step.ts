import type { ProbeRequest } from '../probes/probe.ts'
import type { Redactor } from '../redact.ts'
import type { Secret } from '../secret.ts'
import type { Topology } from '../topology/topology.ts'
import type { Upstream } from '../upstream.ts'
import type { IssuerSource, SourceOutcome } from './source.ts'

/** Who answers one request on the way to a credential; decides how the answer is read. */
export type StepIssuer = IssuerSource['kind'] | 'github-oidc' | 'gcp-iam'

/** A header whose secret stays a Secret until the request is rendered; `scheme` is the word in front of it. */
export type HeaderValue = string | { readonly scheme: string; readonly secret: Secret }

export type FormField = readonly [name: string, value: string | Secret]

export type JsonField = readonly [
  name: string,
  value: string | Secret | readonly string[] | Readonly<Record<string, string>>,
]

export type TokenBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'form'; readonly fields: readonly FormField[] }
  | { readonly kind: 'json'; readonly fields: readonly JsonField[] }

/** A request whose secrets are still Secrets: it can be logged. `renderTokenRequest` makes it sendable. */
export interface TokenRequest {
  readonly method: ProbeRequest['method']
  readonly upstream: Upstream
  /** Behind `upstream.basePath`, with query; a Secret where the runner gave the whole URL. */
  readonly path: string | Secret
  /** Lower-case names. */
  readonly headers: readonly (readonly [name: string, value: HeaderValue])[]
  readonly body: TokenBody
}

/** One request on the way to a credential. The worker renders it, sends it, and gives the answer to `readStep`. */
export interface TokenStep {
  readonly kind: 'step'
  readonly issuer: StepIssuer
  readonly source: IssuerSource
  readonly request: TokenRequest
}

/** Everything secret or changing that a source needs beside its own description. */
export interface SourceInputs {
  readonly topology: Topology
  readonly secrets: {
    readonly clientSecret?: Secret
    /** The newest one: issuers that rotate refuse the one before. */
    readonly refreshToken?: Secret
    /** What the runner gives for GitHub's OIDC, where the job has `id-token: write`. */
    readonly oidcUrl?: Secret
    readonly oidcToken?: Secret
  }
  /** GitHub App: RS256 signature of the text with the App's key, as base64url without padding. */
  readonly sign?: (signingInput: string) => string | Promise<string>
  /** Wall-clock milliseconds. */
  readonly now: number
}

/** When and how an answer came. */
export interface AnswerReceipt {
  /** Wall-clock milliseconds. */
  readonly receivedAt: number
  /** Applied to every text of an issuer before anything of it is quoted. */
  readonly redact: Redactor
}

export type StepReading = { readonly kind: 'next'; readonly step: TokenStep } | SourceOutcome
