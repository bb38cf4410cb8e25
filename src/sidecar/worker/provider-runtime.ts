import { findAwsKeys, listSecretTexts } from '../../core/credentials/aws-keys.ts'
import { DEFAULT_INTEGRATION_ID } from '../../core/probes/derive-probe.ts'
import type { Secret } from '../../core/secret.ts'
import type { ProviderCheck, ProviderConfig } from '../../core/sidecar-config.ts'
import type { Upstream } from '../../core/upstream.ts'
import {
  ANTHROPIC_OAUTH_BETA,
  deriveCredentialHeader,
  type Injection,
  isAnthropicOauth,
} from '../../core/upstream-headers.ts'
import type { Credential } from './credentials/credential.ts'
import { EchoNeedles } from './echo-needles.ts'
import type { BodyRules } from './request-body.ts'

export interface RuntimeParts {
  readonly config: ProviderConfig
  readonly check: ProviderCheck
  /** Null in passthrough, or for a gateway that wants no key. */
  readonly credential: Credential | null
  /** GitHub token for the REST host: there it is never the exchanged one. */
  readonly restCredential: Credential | null
  readonly rest: Upstream
  readonly extraHeaders: readonly (readonly [string, string])[]
  /** Bytes of a body that may be held for a replay or a signature. */
  readonly replayBufferBytes: number
}

/** An upstream may echo what it is sent; in plain bytes that is found without unpacking. */
const READABLE = [['accept-encoding', 'identity']] as const
/** Values of `provider-headers` are secrets, but a version or a name in one must not be overwritten wherever it stands. */
const KEY_LIKE = /^[\w.~+/=:-]{20,}$/
const SCHEME = /^(?:bearer|basic|token)\s+/i

/** What the request path needs to know of one provider: where to, with what. */
export class ProviderRuntime {
  readonly config: ProviderConfig
  readonly credential: Credential | null
  readonly rest: Upstream
  #check: ProviderCheck
  readonly #parts: RuntimeParts
  #cached: { readonly secret: Secret; readonly injection: Injection } | undefined
  readonly #plain: Injection
  readonly #needlesOf = new WeakMap<Secret, Readonly<Record<'api' | 'rest', EchoNeedles | undefined>>>()
  readonly #plainNeedles: EchoNeedles | undefined

  constructor(parts: RuntimeParts) {
    this.config = parts.config
    this.credential = parts.credential
    this.rest = parts.rest
    this.#check = parts.check
    this.#parts = parts
    const keepsClientCredential = parts.check.routing === 'passthrough'
    this.#plainNeedles = EchoNeedles.create(this.#listExtraTexts())
    const readable = this.#plainNeedles === undefined ? [] : READABLE
    this.#plain = { extra: [...parts.extraHeaders, ...readable], defaults: [], keepsClientCredential }
    this.#prepareNeedles()
  }

  /** True when the credential can be another one after a refusal, so that replaying a request makes sense. */
  get isRenewed(): boolean {
    const { kind } = this.config.credential
    return (kind !== 'static' && kind !== 'none') || this.#check.routing === 'exchange'
  }

  /** True when requests may have to be signed: their bodies are held whole. */
  get isSigning(): boolean {
    return this.config.dialect === 'bedrock' && this.isRenewed
  }

  /** False when the user switched replays off (`replay-buffer: 0`). */
  get mayReplay(): boolean {
    return this.#parts.replayBufferBytes > 0
  }

  get bodyRules(): BodyRules {
    return { keepBytes: this.isRenewed ? this.#parts.replayBufferBytes : 0, mustHold: this.isSigning }
  }

  /** Region that a signature holds for: the configured one, else the one in the upstream's name. */
  get region(): string {
    const { credential, upstream } = this.config
    if (credential.kind === 'aws') return credential.region
    return this.config.awsRegion ?? /\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\./.exec(upstream.hostname)?.[1] ?? 'unknown'
  }

  get check(): ProviderCheck {
    return this.#check
  }

  /** Moves the upstream after a re-discovery. */
  adopt(check: ProviderCheck): void {
    this.#check = check
    this.#cached = undefined
  }

  upstream(to: 'api' | 'rest'): Upstream {
    return to === 'rest' ? this.rest : this.#check.upstream
  }

  credentialFor(to: 'api' | 'rest'): Credential | null {
    return to === 'rest' ? this.#parts.restCredential : this.credential
  }

  /** Headers for a request with this secret; null where none is injected. */
  injection(secret: Secret | null, to: 'api' | 'rest'): Injection {
    if (secret === null) return this.#plain
    if (to === 'rest')
      return { extra: READABLE, defaults: [], credential: ['authorization', `Bearer ${secret.reveal()}`] }
    if (this.#cached?.secret !== secret) this.#cached = { secret, injection: this.#derive(secret) }
    return this.#cached.injection
  }

  // Before anybody waits: the first request shall not pay for it.
  #prepareNeedles(): void {
    const secret = this.credential?.current()
    if (secret !== undefined && !(secret instanceof Promise)) this.needles(secret, 'api')
    // A credential that cannot be had is the affair of the request that needs it.
    else secret?.catch(() => undefined)
  }

  /** What to look for in the answers to requests with this secret; undefined where the upstream is lent nothing. */
  needles(secret: Secret | null, to: 'api' | 'rest'): EchoNeedles | undefined {
    if (secret === null) return this.#plainNeedles
    let needles = this.#needlesOf.get(secret)
    if (needles === undefined) {
      const texts = listSecretTexts(secret)
      const extra = this.#listExtraTexts()
      const rest = EchoNeedles.create(texts)
      needles = { api: extra.length === 0 ? rest : EchoNeedles.create([...texts, ...extra]), rest }
      this.#needlesOf.set(secret, needles)
    }
    return needles[to]
  }

  #derive(secret: Secret): Injection {
    const { config } = this
    const value = secret.reveal()
    const { authHeader } = config
    // Keys of AWS sign a request; in a header they would be given away.
    const isKeys = findAwsKeys(secret) !== undefined
    const scheme = this.#check.scheme
    const credential = isKeys ? undefined : deriveCredentialHeader(config.dialect, value, { authHeader, scheme })
    const isOauth = config.dialect === 'anthropic' && isAnthropicOauth(value)
    return {
      ...(credential === undefined ? {} : { credential }),
      extra: [...this.#parts.extraHeaders, ...READABLE],
      defaults: config.dialect === 'copilot' ? [['copilot-integration-id', this.#integrationId()]] : [],
      ...(isOauth ? { beta: ANTHROPIC_OAUTH_BETA } : {}),
    }
  }

  #listExtraTexts(): string[] {
    return this.#parts.extraHeaders.map(([, value]) => value.replace(SCHEME, '')).filter((text) => KEY_LIKE.test(text))
  }

  #integrationId(): string {
    return this.config.integrationId ?? DEFAULT_INTEGRATION_ID
  }
}
