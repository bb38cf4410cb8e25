import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { findAwsKeys } from '../../src/core/credentials/aws-keys.ts'
import type { CredentialSource } from '../../src/core/credentials/source.ts'
import type { ProbeAnswer, ProbeRequest } from '../../src/core/probes/probe.ts'
import type { Secret } from '../../src/core/secret.ts'
import type { SourceResult } from '../../src/sidecar/ipc.ts'
import { createCredential } from '../../src/sidecar/worker/credentials/create-credential.ts'
import { createSourceContext } from '../../src/sidecar/worker/credentials/create-source-context.ts'
import type { Credential } from '../../src/sidecar/worker/credentials/credential.ts'
import type { SourceClient } from '../../src/sidecar/worker/credentials/source-client.ts'
import { createLiveRedactor } from '../../src/sidecar/worker/live-redactor.ts'
import type { FakeAnswer, FakeRequest, FakeService } from '../fakes/exchange.ts'
import { createTokenLedger, type TokenLedger } from '../fakes/issuers/token-ledger.ts'
import { findSpellings } from '../support/find-spellings.ts'
import { createIssuerSetup, ISSUER_KINDS, type IssuerKind, OIDC_TOKEN, OIDC_URL } from '../support/issuer-hosts.ts'
import { createSeededRandom } from '../support/seeded-random.ts'
import { createLaunchMessage, upstreamOf } from '../support/sidecar-launch.ts'
import { providerRowOf } from '../support/source-providers.ts'

/**
 * Jobs of six hours in simulated time, for every source: the shipped code from the source to the current credential, with the clocks,
 * the network and the programs in the test's hand. The upstream takes a token only while it lives.
 */
const HOURS = 6
const TOKEN_LIFE_S = 300
const SHORT_OUTAGE_S = 40
const LONG_OUTAGE = { fromS: 4 * 3600, lengthS: 600 }

interface World {
  readonly credential: Credential
  readonly tokens: TokenLedger
  readonly setDown: (isDown: boolean) => void
  /** Before the test's clock has moved on: what happens outside of the job with time. */
  readonly onTime: (nowS: number) => void
  readonly secrets: () => readonly { readonly value: string }[]
  readonly told: string[]
  /** Assertions that were used twice, where there are some. */
  readonly reused: () => readonly unknown[]
}

/** The other clouds of Azure have other hosts and nothing else. */
const SAME: readonly IssuerKind[] = ['azure-usgov', 'azure-china']
const kinds: readonly (IssuerKind | 'command' | 'file')[] = [
  ...ISSUER_KINDS.filter((kind) => !SAME.includes(kind)),
  'command',
  'file',
]

function createWorld(kind: (typeof kinds)[number]): World {
  if (kind === 'command' || kind === 'file') return createLocalWorld(kind)
  const setup = createIssuerSetup(kind, { claimed: TOKEN_LIFE_S })
  const row = providerRowOf(kind)
  const own = Object.entries(setup.secrets).map(([name, value]) => [`${row.id}.${name}`, value] as const)
  const { credential, told } = assemble({
    kind: row.id,
    source: setup.source,
    secrets: { ...Object.fromEntries(own), 'oidc.url': OIDC_URL, 'oidc.token': OIDC_TOKEN },
    config: row.config ?? {},
    services: setup.hosts,
    sources: {
      request: () => Promise.reject(new Error('no program')),
      onChanged: () => undefined,
      onMessage: () => undefined,
    },
  })
  return {
    credential,
    told,
    tokens: setup.tokens,
    setDown: (isDown) => setup.issuer.set(isDown ? 'error' : 'up'),
    onTime: () => undefined,
    secrets: setup.secretsSeen,
    reused: setup.oidc.reused,
  }
}

/** A program that prints a token with its life, or a file that somebody else writes anew before its token ends. */
function createLocalWorld(kind: 'command' | 'file'): World {
  const tokens = createTokenLedger({ claimed: TOKEN_LIFE_S })
  const issue = (): string => tokens.issue((random) => `local-${random}`).token
  let isDown = false
  let writtenS = 0
  let content = kind === 'file' ? issue() : ''
  let changed = (): void => undefined
  const run = (): SourceResult => {
    if (kind === 'file') return { kind: 'output', text: content }
    if (isDown) return { kind: 'exit', code: 1, signal: null, stderr: 'the issuer is down' }
    return { kind: 'output', text: JSON.stringify({ access_token: issue(), expires_in: TOKEN_LIFE_S }) }
  }
  const source: CredentialSource =
    kind === 'file'
      ? { kind, path: '/run/token' }
      : { kind, argv: ['/bin/mint'], timeoutMs: 10_000, environmentNames: [] }
  const { credential, told } = assemble({
    kind: 'openai',
    source,
    secrets: {},
    config: {},
    services: {},
    sources: {
      request: async () => run(),
      onChanged: (_provider, listener) => {
        changed = listener
      },
      onMessage: () => undefined,
    },
  })
  return {
    credential,
    told,
    tokens,
    setDown: (down) => {
      isDown = down
    },
    onTime: (nowS) => {
      const isDue = nowS - writtenS > TOKEN_LIFE_S - 60 || !tokens.accepts(content)
      if (kind !== 'file' || isDown || !isDue) return
      content = issue()
      writtenS = nowS
      changed()
    },
    secrets: () => tokens.issued.map((value) => ({ value })),
    reused: () => [],
  }
}

interface Parts {
  readonly kind: Parameters<typeof createLaunchMessage>[0]['providers'][number]['id']
  readonly source: CredentialSource
  readonly secrets: Readonly<Record<string, string>>
  readonly config: object
  readonly services: Readonly<Record<string, FakeService>>
  readonly sources: SourceClient
}

function assemble(parts: Parts): Pick<World, 'credential' | 'told'> {
  const upstream = upstreamOf('http://127.0.0.1:9')
  const { config, secrets } = createLaunchMessage({
    providers: [{ id: parts.kind, upstream, credential: parts.source, ...parts.config }],
    secrets: parts.secrets,
  })
  const told: string[] = []
  const redactor = createLiveRedactor(Object.values(secrets).filter((value) => value !== undefined))
  const context = createSourceContext({
    secrets,
    sources: parts.sources,
    redactor,
    onRotated: () => undefined,
    onLifecycle: (what, { detail = '' }) => void told.push(`${what} ${detail}`),
    validation: {
      config,
      sender: { send: async (request, { headers }) => answer(parts.services, request, headers) },
      extraHeaders: () => [],
      remainingMs: () => 15_000,
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
      now: () => performance.now(),
    },
  })
  const [provider] = config.providers
  const credential = provider === undefined ? null : createCredential(context, provider)
  if (credential === null) throw new Error('The source gives no credential')
  return { credential, told }
}

function answer(services: Parts['services'], request: ProbeRequest, given: ProbeRequest['headers']): ProbeAnswer {
  const host = request.upstream.hostname
  const target = `${request.upstream.basePath}${request.path}` || '/'
  const { pathname, searchParams } = new URL(target, `https://${host}`)
  const headers = [...request.headers, ...given]
  const fake: FakeRequest = {
    method: request.method,
    target,
    path: decodeURIComponent(pathname),
    query: searchParams,
    host,
    rawHeaders: headers.flat(),
    header: (name) => headers.find(([known]) => known.toLowerCase() === name)?.[1],
    body: Buffer.from(request.body ?? ''),
    upgrade: false,
  }
  return toProbeAnswer(services[host]?.answer(fake) ?? { kind: 'silence' })
}

function toProbeAnswer(given: FakeAnswer): ProbeAnswer {
  if (given.kind !== 'json' && given.kind !== 'text') return { kind: 'failure', failure: 'timeout', code: 'ETIMEDOUT' }
  const body = given.kind === 'json' ? JSON.stringify(given.body) : given.body
  return { kind: 'answer', status: given.status, headers: given.headers ?? {}, body }
}

/** Lets everything that waits for nothing but its turn happen, and the clock move on for what waits for time. */
async function settle<Value>(promise: Promise<Value>): Promise<Value> {
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  promise.then(end, end)
  for (let round = 0; !isOver; round += 1) {
    await new Promise((resolve) => setImmediate(resolve))
    if (!isOver && round > 5) jest.advanceTimersByTime(50)
  }
  return promise
}

interface Outcome {
  requests: number
  replays: number
  /** No token lives, and the source is down, or has been back for less than a second. */
  unavoidable: number
  readonly avoidable: string[]
}

const tokenOf = (secret: Secret): string => findAwsKeys(secret)?.sessionToken ?? secret.reveal()

async function send({ credential, tokens }: World, outcome: Outcome, isOut: () => boolean): Promise<void> {
  outcome.requests += 1
  const fail = (how: string): void => {
    if (isOut() && !tokens.accepts(tokens.newest())) outcome.unavoidable += 1
    else outcome.avoidable.push(`${how} at ${new Date().toISOString()}`)
  }
  try {
    const used = await credential.current()
    if (tokens.accepts(tokenOf(used))) return
    outcome.replays += 1
    const next = (await credential.renewAfter(used)) ? await credential.current() : used
    if (!tokens.accepts(tokenOf(next))) fail('401')
  } catch {
    fail('503')
  }
}

/** Seconds until the next request: tools that run, subagents, a build, a long wait for a review. */
function drawPause(random: (below: number) => number): number {
  const draw = random(1000)
  if (draw < 4) return 1800 + random(1800)
  if (draw < 30) return 600
  return 1 + random(draw < 200 ? 5 : 60)
}

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'], now: 1_790_000_000_000 })
})
afterEach(() => void jest.useRealTimers())

describe(`a job of ${HOURS} hours with tokens of ${TOKEN_LIFE_S} s, idle pauses, outages and revocations`, () => {
  test.each(kinds)(
    '%s: fails no request but those that no source could have served',
    async (kind) => {
      const world = createWorld(kind)
      const random = createSeededRandom(kind.length * 7919)
      const outcome: Outcome = { requests: 0, replays: 0, unavoidable: 0, avoidable: [] }
      const startMs = Date.now()
      const elapsedS = (): number => (Date.now() - startMs) / 1000
      const outages = [
        ...[1, 2, 3, 5].map((hour) => ({ fromS: hour * 3600 + 777, lengthS: SHORT_OUTAGE_S })),
        LONG_OUTAGE,
      ]
      const isOut = (graceS = 0): boolean =>
        outages.some(({ fromS, lengthS }) => elapsedS() >= fromS && elapsedS() < fromS + lengthS + graceS)
      const revokedAtS = [1800, 9000, 20_000]
      let longest = 0
      await settle(Promise.resolve(world.credential.current()))
      while (elapsedS() < HOURS * 3600) {
        const pauseS = drawPause(random)
        longest = Math.max(longest, pauseS)
        jest.advanceTimersByTime(pauseS * 1000)
        world.setDown(isOut())
        if (!isOut() && elapsedS() > (revokedAtS[0] ?? Number.POSITIVE_INFINITY)) {
          revokedAtS.shift()
          world.tokens.revokeAll()
        }
        world.onTime(elapsedS())
        await settle(send(world, outcome, () => isOut(1)))
      }
      const mints = world.tokens.issued.length
      process.stdout.write(
        `${kind}: ${outcome.requests} requests in ${HOURS} h, longest pause ${Math.round(longest / 60)} min, ${mints} tokens, ${outcome.replays} repeated, ${outcome.unavoidable} refused with nothing to be had\n`,
      )
      expect(outcome.avoidable).toEqual([])
      expect(outcome.replays).toBeLessThanOrEqual(3)
      expect(mints).toBeLessThanOrEqual(Math.ceil((HOURS * 3600) / (TOKEN_LIFE_S * 0.75 * 0.9)) + 5)
      expect(world.reused()).toEqual([])
      const told = world.told.join('\n')
      expect(world.secrets().flatMap(({ value }) => findSpellings(told, value))).toEqual([])
    },
    60_000,
  )
})
