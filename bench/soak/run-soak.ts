import { setTimeout as pause } from 'node:timers/promises'
import type { TokenLedger } from '../../__tests__/fakes/issuers/token-ledger.ts'
import { findLeaks } from '../../__tests__/support/find-leaks.ts'
import { isRunning } from '../../__tests__/support/sidecar.ts'
import { countDescriptors, deriveTrend, measureIdleCpu, type Trend, watchMemory } from './flatness.ts'
import { Ledger } from './ledger.ts'
import { startLoad } from './load.ts'
import { createSoakWorld, type SoakWorld } from './soak-world.ts'

export interface SoakOptions {
  readonly seconds: number
  readonly seed: number
  /** Directory of the bundles, where a test puts another worker in. */
  readonly bundles?: string
  readonly say?: (text: string) => void
}

export interface SoakResult {
  readonly seed: number
  readonly seconds: number
  readonly requests: number
  readonly counts: ReturnType<Ledger['count']>
  readonly kills: number
  readonly mints: number
  /** Requests that came to the upstream with a token that was over, and were sent once more. */
  readonly refused: number
  /** Seconds over which memory was watched. */
  readonly watchedS: number
  readonly worker: Trend
  readonly supervisor: Trend
  readonly descriptors: { readonly before: number; readonly after: number }
  /** Share of one core. */
  readonly idleCpu: number
  readonly misses: readonly string[]
}

/** In the first share of the time workers are killed, in the second memory settles, in the rest it is watched. */
const KILL_SHARE = 0.3
const SETTLE_SHARE = 0.15
const MOST_KILLS = 8
const REVOKE_EVERY_MS = 11_000
/**
 * A token that was minted behind the back may be younger than requests under way with the one before it. If both were revoked, such a
 * request would be refused twice, and it is repeated once only: its 401 would rightly be the client's.
 */
const YOUNGEST_REVOKED_MS = 1500
/** From the settled state to the end memory may rise by so much: what a heap does between two collections. MiB. */
export const BOUNDS = { worker: 16, supervisor: 16, descriptors: 2, idleCpu: 0.05 }
const IDLE_MS = 3000
/** The upstream's connections are kept for seconds; then every descriptor of the traffic must be gone. */
const SETTLED_WITHIN_MS = 10_000
const SHOWN_MISSES = 8
/** The newest tokens: a search for hundreds of them through a long log would take minutes. */
const SEARCHED_SECRETS = 8

/** Runs the soak. A miss is told in the result, not thrown. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  await using world = await createSoakWorld(options.bundles)
  const say = options.say ?? (() => undefined)
  const before = countDescriptors(await listProcesses(world))
  const ledger = new Ledger()
  const load = startLoad({ seed: options.seed, ledger, target: world })
  const revoker = startRevoking(world.issuer.tokens)
  const totalMs = options.seconds * 1000
  const kills = await killWorkers(world, ledger, totalMs * KILL_SHARE)
  say(`${ledger.size} requests, ${kills} workers killed; memory settles`)
  await pause(totalMs * SETTLE_SHARE)
  const watchedMs = totalMs * (1 - KILL_SHARE - SETTLE_SHARE)
  const pids = await listProcesses(world)
  const stopWatch = watchMemory(pids, Math.max(100, watchedMs / 300))
  await pause(watchedMs)
  const [supervisor, worker] = stopWatch().map(deriveTrend)
  revoker.stop()
  await load.stop()
  say(`${ledger.size} requests; waiting for the end of the last connections`)
  if (supervisor === undefined || worker === undefined) throw new Error('The processes of the sidecar are gone')
  const after = await settle(pids, before)
  const figures = {
    seed: options.seed,
    seconds: options.seconds,
    requests: ledger.size,
    counts: ledger.count(),
    kills,
    mints: world.issuer.tokens.issued.length,
    refused: world.upstream.refused.size,
    watchedS: watchedMs / 1000,
    worker,
    supervisor,
    descriptors: { before, after },
    idleCpu: await measureIdleCpu(pids, IDLE_MS),
  }
  return { ...figures, misses: [...findLost(world, ledger), ...findGrowth(figures)] }
}

/** Makes all tokens worthless now and then, before their time. */
function startRevoking(tokens: TokenLedger): { readonly stop: () => void } {
  let [known, seenAt, revokedAt] = [0, 0, performance.now()]
  const timer = setInterval(() => {
    const now = performance.now()
    if (tokens.issued.length !== known) {
      known = tokens.issued.length
      seenAt = now
    }
    if (now - revokedAt < REVOKE_EVERY_MS || now - seenAt < YOUNGEST_REVOKED_MS) return
    revokedAt = now
    tokens.revokeAll()
  }, 50)
  return { stop: () => clearInterval(timer) }
}

async function listProcesses({ sidecar }: SoakWorld): Promise<readonly [number, number]> {
  return [sidecar.pid, await sidecar.waitForWorker()]
}

async function killWorkers(world: SoakWorld, ledger: Ledger, milliseconds: number): Promise<number> {
  const count = Math.max(1, Math.min(MOST_KILLS, Math.floor(milliseconds / 15_000)))
  for (let done = 0; done < count; done += 1) {
    await pause(milliseconds / (count + 1))
    const worker = await world.sidecar.waitForWorker()
    ledger.killing()
    process.kill(worker, 'SIGKILL')
    while (isRunning(worker)) await pause(1)
    ledger.killed()
  }
  await pause(milliseconds / (count + 1))
  return count
}

async function settle(pids: readonly number[], before: number): Promise<number> {
  const end = performance.now() + SETTLED_WITHIN_MS
  for (;;) {
    const now = countDescriptors(pids)
    if (now <= before || performance.now() > end) return now
    await pause(100)
  }
}

function findLost({ sidecar, upstream, issuer }: SoakWorld, ledger: Ledger): string[] {
  const lines = new Map<string, number>()
  for (const event of sidecar.readEvents()) {
    const id = event.kind === 'request' ? event.path.split('/')[3] : undefined
    if (id !== undefined) lines.set(id, (lines.get(id) ?? 0) + 1)
  }
  // That it survived what the soak does to it stands there at `info`.
  const log = sidecar.readLog().replace(/^\S+ info .*\n/gm, '')
  const twice = [...upstream.refused].filter(([, count]) => count > 1).map(([id]) => id)
  const leaks = findLeaks(issuer.secretsSeen().slice(-SEARCHED_SECRETS), { directories: [sidecar.directory] })
  return [
    ...shorten('a wrong outcome', ledger.findWrong()),
    ...shorten('the wrong number of arrivals', ledger.findMiscounted(upstream.served)),
    ...shorten('the wrong number of log lines', ledger.findUnlogged(lines)),
    ...shorten('more than one refusal of the upstream', twice),
    ...leaks.map((leak) => `a secret stands in a file or a process: ${leak}`),
    ...(log === '' ? [] : [`the sidecar's log speaks of a defect: ${log.slice(0, 300)}`]),
  ]
}

function shorten(what: string, found: readonly string[]): string[] {
  return found.length === 0 ? [] : [`${found.length} requests with ${what}: ${found.slice(0, SHOWN_MISSES).join('; ')}`]
}

type Figures = Pick<SoakResult, 'worker' | 'supervisor' | 'descriptors' | 'idleCpu'>

function findGrowth({ worker, supervisor, descriptors, idleCpu }: Figures): string[] {
  const rows: readonly (readonly [isMissed: boolean, text: string])[] = [
    [worker.rise > BOUNDS.worker, `the worker's memory rose by ${worker.rise.toFixed(1)} MiB`],
    [supervisor.rise > BOUNDS.supervisor, `the supervisor's memory rose by ${supervisor.rise.toFixed(1)} MiB`],
    [
      descriptors.after > descriptors.before + BOUNDS.descriptors,
      `${descriptors.after} descriptors are open at the end, ${descriptors.before} were at the start`,
    ],
    [idleCpu > BOUNDS.idleCpu, `idle processes take ${(idleCpu * 100).toFixed(1)} % of a core`],
  ]
  return rows.flatMap(([isMissed, text]) => (isMissed ? [text] : []))
}
