import { createFakeProvider } from '../../__tests__/fakes/fake-provider.ts'
import { createIssuerSetup, type IssuerSetup } from '../../__tests__/support/issuer-hosts.ts'
import { type Sidecar, startSidecar } from '../../__tests__/support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../../__tests__/support/sidecar-launch.ts'
import { createSoakUpstream, type SoakUpstream } from './soak-upstream.ts'

export interface SoakWorld extends AsyncDisposable {
  readonly sidecar: Sidecar
  readonly upstream: SoakUpstream
  readonly issuer: IssuerSetup
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
}

/** Seconds a token lives: a run of ten minutes needs about a hundred of them. */
const TOKEN_LIFE_S = 8

/** The built sidecar between an upstream and an issuer of short-lived tokens, all on loopback. */
export async function createSoakWorld(bundles?: string): Promise<SoakWorld> {
  const issuer = createIssuerSetup('oauth', { claimed: TOKEN_LIFE_S })
  if (issuer.source.kind !== 'oauth') throw new Error('The soak wants the source oauth')
  const endpoint = await createFakeProvider({ hosts: { '*': issuer.issuer }, recordBytes: false })
  const upstream = await createSoakUpstream({ accepts: issuer.tokens.accepts })
  const tokenUrl = upstreamOf(`${endpoint.origin}${issuer.source.tokenUrl.basePath}`)
  const secrets = Object.entries(issuer.secrets).map(([name, value]) => [`openai.${name}`, value] as const)
  const close = async (): Promise<void> => {
    await endpoint.close()
    await upstream[Symbol.asyncDispose]()
  }
  try {
    const sidecar = await startSidecar({
      providers: [
        { id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`), credential: { ...issuer.source, tokenUrl } },
      ],
      secrets: Object.fromEntries(secrets),
      ...(bundles === undefined ? {} : { bundles }),
    })
    return {
      sidecar,
      upstream,
      issuer,
      origin: sidecar.origin('openai'),
      headers: { authorization: `Bearer ${RUN_TOKENS.other}` },
      [Symbol.asyncDispose]: async () => {
        await sidecar[Symbol.asyncDispose]()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}
