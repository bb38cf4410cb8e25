import type { RequestEvent } from '../../src/core/events.ts'
import type { ProviderId } from '../../src/core/providers/provider.ts'
import type { LaunchMessage, ProviderConfig, SidecarConfig } from '../../src/core/sidecar-config.ts'
import { sharedAuthority } from '../fakes/certificate.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { type CorporateProxy, createCorporateProxy } from '../fakes/fake-corporate-proxy.ts'
import { createFakeProvider, type FakeProvider, type FakeProviderOptions } from '../fakes/fake-provider.ts'
import type { TokenLife } from '../fakes/issuers/token-ledger.ts'
import { type Answer, type Asked, ask } from './http-client.ts'
import { createIssuerSetup, type IssuerKind, type IssuerSetup, OIDC_TOKEN, OIDC_URL } from './issuer-hosts.ts'
import { type FailedStart, type Sidecar, type SidecarOptions, startFailingSidecar, startSidecar } from './sidecar.ts'
import { RUN_TOKENS, upstreamOf } from './sidecar-launch.ts'
import { type ProviderRow, providerRowOf } from './source-providers.ts'

export interface IssuedOptions {
  readonly life?: TokenLife
  readonly config?: Partial<SidecarConfig>
  /** Put before the model upstream, e.g. to answer 401 in a stream. */
  readonly around?: (service: FakeService, setup: IssuerSetup) => FakeService
  readonly upstream?: Partial<FakeProviderOptions>
  readonly issuers?: Partial<FakeProviderOptions>
  readonly provider?: Partial<ProviderConfig>
  /** `oauth` only: the token endpoint is plain HTTP on loopback, so that a closed server is a refused connection. */
  readonly isDirect?: boolean
  /** Put around the issuer. */
  readonly issuer?: (service: FakeService) => FakeService
  /** Before the sidecar starts. */
  readonly prepare?: (setup: IssuerSetup) => void
}

export interface IssuedWorld extends AsyncDisposable {
  readonly setup: IssuerSetup
  readonly issuers: Restartable
  readonly upstream: FakeProvider
  readonly proxy: CorporateProxy
  readonly id: ProviderId
  readonly launch: SidecarOptions
  readonly asked: Asked & { readonly path: string }
}

/** Starts the fakes of one source: its issuer at its own host name (by way of a corporate proxy), and a model upstream. */
export async function createIssuedWorld(kind: IssuerKind, options: IssuedOptions = {}): Promise<IssuedWorld> {
  const row = providerRowOf(kind)
  const setup = createIssuerSetup(kind, options.life, options.issuer)
  options.prepare?.(setup)
  const issuers = await createRestartable(
    options.isDirect === true
      ? { hosts: { '*': setup.issuer } }
      : { ...options.issuers, hosts: setup.hosts, tls: true },
  )
  const names = Object.keys(setup.hosts)
  const routes = Object.fromEntries(names.map((name) => [`${name}:443`, `127.0.0.1:${issuers.port}`]))
  const proxy = await createCorporateProxy({ routes })
  const service = row.service(setup)
  const hosts = { '*': options.around?.(service, setup) ?? service }
  const upstream = await createFakeProvider({ ...options.upstream, hosts })
  const world = { setup, issuers, upstream, proxy, id: row.id, asked: row.asked }
  return {
    ...world,
    launch: renderLaunch({ ...world, row, options }),
    [Symbol.asyncDispose]: async () => {
      for (const each of [issuers, upstream, proxy]) await each.close()
    },
  }
}

/** A fake that can be shut down and come back at the same port. */
export interface Restartable {
  readonly port: number
  readonly stop: () => Promise<void>
  readonly restart: () => Promise<void>
  readonly close: () => Promise<void>
}

async function createRestartable(options: FakeProviderOptions): Promise<Restartable> {
  let provider = await createFakeProvider(options)
  const { port } = provider
  return {
    port,
    stop: () => provider.close(),
    restart: async () => {
      provider = await createFakeProvider({ ...options, port })
    },
    close: () => provider.close(),
  }
}

interface LaunchParts extends Pick<IssuedWorld, 'setup' | 'upstream' | 'proxy' | 'issuers'> {
  readonly row: ProviderRow
  readonly options: IssuedOptions
}

function renderLaunch({ setup, upstream, proxy, issuers, row, options }: LaunchParts): SidecarOptions {
  const base = upstreamOf(`${upstream.origin}${row.basePath ?? ''}`)
  const own = Object.entries(setup.secrets).map(([name, value]) => [`${row.id}.${name}`, value] as const)
  const secrets: LaunchMessage['secrets'] = {
    ...Object.fromEntries(own),
    'oidc.url': OIDC_URL,
    'oidc.token': OIDC_TOKEN,
    'proxy.https': proxy.url,
  }
  const { source } = setup
  const isMoved = options.isDirect === true && source.kind === 'oauth'
  const direct = isMoved && { tokenUrl: upstreamOf(`http://127.0.0.1:${issuers.port}${source.tokenUrl.basePath}`) }
  return {
    providers: [
      { id: row.id, upstream: base, credential: { ...source, ...direct }, ...row.config, ...options.provider },
    ],
    config: { validate: 'strict', extraCa: [sharedAuthority().ca], noProxy: '127.0.0.1', ...options.config },
    secrets,
  }
}

/** A sidecar in such a world that serves. */
export class IssuedSidecar implements AsyncDisposable {
  readonly world: IssuedWorld
  readonly sidecar: Sidecar

  private constructor(world: IssuedWorld, sidecar: Sidecar) {
    this.world = world
    this.sidecar = sidecar
  }

  static async start(kind: IssuerKind, options: IssuedOptions = {}): Promise<IssuedSidecar> {
    const world = await createIssuedWorld(kind, options)
    try {
      return new IssuedSidecar(world, await startSidecar(world.launch))
    } catch (error) {
      await world[Symbol.asyncDispose]()
      throw error
    }
  }

  get setup(): IssuerSetup {
    return this.world.setup
  }

  /** Base URL of the provider's port. */
  get origin(): string {
    return this.sidecar.origin(this.world.id)
  }

  get headers(): Readonly<Record<string, string>> {
    const token = this.world.id === 'copilot' ? RUN_TOKENS.copilot : RUN_TOKENS.other
    return { authorization: `Bearer ${token}` }
  }

  /** One request to the model, as an agent with the run's token sends it. */
  ask(changes: Asked & { readonly path?: string } = {}): Promise<Answer> {
    const { asked } = this.world
    const headers = { ...this.headers, ...asked.headers, ...changes.headers }
    return ask(this.origin + (changes.path ?? asked.path), { ...asked, ...changes, headers })
  }

  /** Statuses of the model upstream's answers so far, the probe's left out. */
  statuses(): readonly number[] {
    return this.world.upstream.requests.flatMap(({ method, status }) => (method === 'GET' ? [] : [status]))
  }

  waitForRequest(fits: (event: RequestEvent) => boolean): Promise<RequestEvent> {
    return this.sidecar.waitForRequest(fits)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sidecar[Symbol.asyncDispose]()
    await this.world[Symbol.asyncDispose]()
  }
}

/** A start in such a world that must fail. */
export async function failIssuedStart(kind: IssuerKind, options: IssuedOptions = {}): Promise<FailedStart> {
  await using world = await createIssuedWorld(kind, options)
  return await startFailingSidecar(world.launch)
}
