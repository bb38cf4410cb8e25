import type { Case, LevelName } from '../cases/case.ts'
import { KEY, type Level } from '../levels/level.ts'
import { type CaseContext, createContext } from './context.ts'
import { findFaults, findLeaks, isReceived } from './evidence.ts'
import type { Outcome, Running } from './machine.ts'
import type { World } from './world.ts'

/** What became of one case at one level. */
export interface CaseResult {
  readonly one: Case
  /** For a bypass: what leaked. For a use: what is wrong. For an open limit: why it did not pass. */
  readonly findings: readonly string[]
  readonly output: string
  readonly ms: number
}

interface Prepared {
  readonly one: Case
  readonly context: CaseContext
  readonly before: Running | undefined
}

const AT_ONCE = 8

/** Starts what must be there before the level, then the level, runs every case, and asks the outside what it saw. */
export async function runCases(
  world: World,
  name: LevelName,
  { cases, start }: { readonly cases: readonly Case[]; readonly start: (world: World) => Promise<Level> },
): Promise<readonly CaseResult[]> {
  const fitting = cases.filter((one) => one.kind !== 'use' || one.levels.includes(name))
  const prepared = await Promise.all(fitting.map((one) => prepare(world, one)))
  const level = await start(world)
  try {
    return await runAll(world, level, prepared)
  } finally {
    await level.stop()
  }
}

async function runAll(world: World, level: Level, prepared: readonly Prepared[]): Promise<readonly CaseResult[]> {
  // Addresses that several cases share are judged by what was sent to them at this level.
  const earlier = (await world.evidence()).frames.length
  const ran: { readonly item: Prepared; readonly outcome: Outcome; readonly ms: number }[] = []
  const runOne = async (given: Prepared): Promise<void> => {
    const item = { ...given, context: withLevel(given.context, level) }
    const begin = performance.now()
    const outcome = await perform(world, level, item)
    ran.push({ item, outcome, ms: performance.now() - begin })
  }
  const together = prepared.filter(({ one }) => one.alone !== true)
  const queue = [...together]
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runOne(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  for (const item of prepared.filter(({ one }) => one.alone === true)) await runOne(item)
  await Promise.all(prepared.map(({ before }) => before?.outcome))
  const all = await world.evidence()
  const evidence = { ...all, frames: all.frames.slice(earlier) }
  return ran.map(({ item, outcome, ms }) => ({
    one: item.one,
    findings: judge(item, { evidence, outcome }),
    output: outcome.output,
    ms,
  }))
}

function judge({ one, context }: Prepared, seen: Parameters<typeof findLeaks>[2]): string[] {
  if (one.kind === 'bypass') return findLeaks(one, context, seen)
  if (one.kind === 'use') return findFaults(one, context, seen)
  return isReceived(one.receivedBy, context, seen.evidence) ? [] : ['it did not pass']
}

async function prepare(world: World, one: Case): Promise<Prepared> {
  const ca = '/mnt/stage/ca.pem'
  const context = createContext({
    STAGE: '/mnt/stage',
    CA: ca,
    CURL_CA_BUNDLE: ca,
    NODE_EXTRA_CA_CERTS: ca,
    GIT_SSL_CAINFO: ca,
    SSL_CERT_FILE: ca,
    GIT_TERMINAL_PROMPT: '0',
    KEYREV: [...KEY].reverse().join(''),
  })
  if (one.before === undefined) return { one, context, before: undefined }
  const { environment } = context
  const before = world.machine.start(['timeout', '300', 'bash', '-c', one.before], { user: 'runner', environment })
  await before.says('held')
  return { one, context, before }
}

const withLevel = (context: CaseContext, level: Level): CaseContext => ({
  ...context,
  environment: { ...context.environment, ...level.environment },
})

async function perform(world: World, level: Level, { one, context }: Prepared): Promise<Outcome> {
  const running = level.run(one, context)
  if (one.inbound !== undefined) {
    await running.says('serving').catch(() => undefined)
    await world.outside.connectIn(one.inbound.kind, one.inbound.address, context.port)
  }
  const outcome = await running.outcome
  if (one.later === undefined) return outcome
  const later = await level.runLater(one.later, context).outcome
  return { code: later.code, output: outcome.output + later.output }
}
