import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { BenchArguments } from './arguments.ts'
import type { Contender } from './contenders/contender.ts'
import { createOurs, OWN_BUILD } from './contenders/ours.ts'
import { createContender, listContenders, type Places, type RivalName } from './contenders/rivals.ts'
import { EGRESS_ROWS } from './egress/egress-rows.ts'
import { measureEgress } from './egress/measure-egress.ts'
import { findSquid } from './egress/squid.ts'
import { keepAwake } from './machine/keep-awake.ts'
import { runLoad } from './machine/run-load.ts'
import { IDLE_ROW, measureIdle, readStart, START_ROW } from './measure/own-rows.ts'
import { type Effort, LOAD_ROWS } from './measure/rows.ts'
import { runRounds } from './measure/run-rounds.ts'
import { deriveMedian, type Results, type Sample } from './measure/samples.ts'
import { measureSteps, STEP_ROW } from './measure/step-row.ts'
import { describeMachine, readSteal } from './report/describe-machine.ts'
import { renderGoals, renderRows } from './report/render-tables.ts'
import { writePage } from './report/write-page.ts'
import { startUpstream } from './upstream/start-upstream.ts'

export interface BenchSurroundings {
  /** Scratch directory of this run. */
  readonly directory: string
  /** Where the peers are installed. */
  readonly cache: string
  readonly say: (text: string) => void
}

export interface BenchOutcome {
  readonly text: string
  readonly json: string
  /** False when ours failed in a row. */
  readonly isComplete: boolean
}

const FULL: Effort = { seconds: 0.6, times: 3, flatBytes: 6_000_000, pacedEvents: 250 }
const QUICK: Effort = { seconds: 0.3, times: 1, flatBytes: 3_000_000, pacedEvents: 120 }
const STARTS = { full: 7, quick: 2 } as const
const PAGE = join(import.meta.dirname, '..', 'docs', 'performance.md')

/** Measures everything that was asked for, side by side, in one run. */
export async function runBench(chosen: BenchArguments, surroundings: BenchSurroundings): Promise<BenchOutcome> {
  if (process.platform !== 'linux') throw new Error('The bench reads /proc: it runs on Linux only')
  if (!existsSync(join(OWN_BUILD, 'sidecar'))) throw new Error('There is no dist/sidecar: run "npm run build" first')
  const [begin, stealBefore] = [performance.now(), readSteal()]
  const places: Places = { ...surroundings, upstream: await startUpstream(surroundings.directory) }
  const rivals = await listContenders(places)
  const awake = keepAwake()
  const helperPids = [process.pid, ...awake.pids]
  const results = await measure(chosen, { ...places, helperPids }, rivals.names)
  const stealAfter = readSteal()
  const facts = {
    contenders: [...rivals.versions, ...listSquid(results)],
    rounds: chosen.rounds,
    foreignShare: deriveForeign(results),
    awake: awake.means,
    minutes: (performance.now() - begin) / 60_000,
    stolenShare: (stealAfter.stolen - stealBefore.stolen) / (stealAfter.total - stealBefore.total),
  }
  const goals = renderGoals(results, chosen.only.length > 0)
  const text = renderText(results, describeMachine(facts), goals)
  if (chosen.isWriting) writePage(PAGE, text)
  return { text, json: renderJson(results), isComplete: isComplete(results) }
}

interface Stage extends Places {
  readonly helperPids: readonly number[]
}

async function measure(chosen: BenchArguments, places: Stage, rivals: readonly RivalName[]): Promise<Results> {
  const isChosen = ({ id }: { id: string }): boolean =>
    chosen.only.length === 0 || chosen.only.some((prefix) => id.startsWith(prefix))
  const rows = LOAD_ROWS.filter(isChosen)
  const results: Results = rows.length > 0 ? await measureLoad(chosen, places, { rows, rivals }) : new Map()
  if (EGRESS_ROWS.some(isChosen)) {
    const { isQuick, rounds, against } = chosen
    const { helperPids, directory, say } = places
    const effort = isQuick ? QUICK : FULL
    const found = await measureEgress({ isChosen, rounds, effort, helperPids, against, directory, say })
    for (const [id, samples] of found) results.set(id, samples)
  }
  if (isChosen(START_ROW)) {
    results.set(START_ROW.id, await measureStart(chosen.isQuick ? STARTS.quick : STARTS.full, places))
  }
  if (isChosen(STEP_ROW)) results.set(STEP_ROW.id, await measureSteps(chosen.isQuick ? STARTS.quick : STARTS.full))
  if (isChosen(IDLE_ROW)) results.set(IDLE_ROW.id, [await measureIdleStreams(places, rivals)])
  return results
}

type LoadChoice = { readonly rows: typeof LOAD_ROWS; readonly rivals: readonly RivalName[] }

async function measureLoad(chosen: BenchArguments, places: Stage, { rows, rivals }: LoadChoice): Promise<Results> {
  const contenders: Contender[] = []
  for (const name of rivals) contenders.push(await createContender(name, places))
  contenders.push(await createOurs(places.upstream, places.directory))
  if (chosen.against !== undefined) contenders.push(await createOurs(places.upstream, places.directory, chosen.against))
  for (const contender of contenders) await warmUp(contender, places.say)
  const setting = {
    effort: chosen.isQuick ? QUICK : FULL,
    upstreamPid: places.upstream.pid,
    helperPids: places.helperPids,
  }
  const results = await runRounds({ rows, contenders, rounds: chosen.rounds, setting, say: places.say })
  for (const contender of contenders) await contender.stop()
  return results
}

// A compiler that is still at work is not what a job of many minutes feels.
async function warmUp(contender: Contender, say: (text: string) => void): Promise<void> {
  say(`warming up ${contender.name}`)
  await runLoad({ kind: 'small', target: contender.tls, connections: 16, seconds: 2 })
  await runLoad({ kind: 'flat', target: contender.plain, streams: 8, bytes: 2_000_000 })
  await runLoad({ kind: 'paced', target: contender.tls, streams: 4, events: 200, intervalMs: 2 })
}

async function measureStart(times: number, places: Places): Promise<Map<string, Sample>[]> {
  places.say('starting the sidecar afresh, several times')
  const rounds: Map<string, Sample>[] = []
  for (let turn = 0; turn < times; turn++) {
    const sidecar = await createOurs(places.upstream, places.directory)
    rounds.push(new Map(readStart(sidecar)))
    await sidecar.stop()
  }
  return rounds
}

async function measureIdleStreams(places: Places, rivals: readonly RivalName[]): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>()
  const measureOne = async (contender: Contender): Promise<void> => {
    places.say(`idle streams through ${contender.name}`)
    samples.set(contender.name, await measureIdle(contender))
    await contender.stop()
  }
  for (const name of rivals) if (name !== 'direct') await measureOne(await createContender(name, places))
  await measureOne(await createOurs(places.upstream, places.directory))
  return samples
}

function renderText(results: Results, machine: string, goals: string): string {
  const rows = renderRows([...LOAD_ROWS, ...EGRESS_ROWS, IDLE_ROW, START_ROW, STEP_ROW], results)
  return `## Machine and method\n\n${machine}\n\n## Goals\n\n${goals}\n\n## Everything measured\n\n${rows}\n`
}

function renderJson(results: Results): string {
  const plain = [...results].map(([row, rounds]) => [row, rounds.map((round) => Object.fromEntries(round))])
  return `${JSON.stringify(Object.fromEntries(plain), null, 2)}\n`
}

const listSquid = (results: Results): readonly string[] =>
  EGRESS_ROWS.some(({ id }) => results.get(id)?.[0]?.has('squid')) ? [`squid ${findSquid()}`] : []

/** Median over all samples of what other work took. */
function deriveForeign(results: Results): number | undefined {
  return deriveMedian(
    [...results.values()].flat().flatMap((round) => [...round.values()].map(({ foreign }) => foreign)),
  )
}

const isComplete = (results: Results): boolean =>
  [...results.values()].every((rounds) => rounds.every((round) => round.has('ours')))
