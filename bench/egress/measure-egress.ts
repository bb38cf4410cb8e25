import { chmodSync } from 'node:fs'
import type { Contender } from '../contenders/contender.ts'
import { OWN_BUILD } from '../contenders/ours.ts'
import { runLoad } from '../machine/run-load.ts'
import type { Effort, LoadRow } from '../measure/rows.ts'
import { runRounds } from '../measure/run-rounds.ts'
import type { Results } from '../measure/samples.ts'
import { createForward, createRedirected, createSquid, createStraight, installSquid } from './egress-contenders.ts'
import { FORWARD_ROWS, REDIRECT_ROWS } from './egress-rows.ts'
import { createEgressStage, type EgressStage } from './egress-stage.ts'

export interface EgressPlan {
  readonly isChosen: (row: { readonly id: string }) => boolean
  readonly rounds: number
  readonly effort: Effort
  readonly helperPids: readonly number[]
  /** Another dist directory to be measured beside ours. */
  readonly against: string | undefined
  readonly directory: string
  readonly say: (text: string) => void
}

/** Measures the relay: redirected connections where the bench is root, its forward proxy everywhere. */
export async function measureEgress(plan: EgressPlan): Promise<Results> {
  const { directory, say } = plan
  // The accounts of relay and Squid have to get in.
  chmodSync(directory, 0o755)
  const results: Results = new Map()
  if (process.getuid?.() === 0) await measureGroup(plan, { rows: REDIRECT_ROWS, create: createRedirectGroup, results })
  else say('redirected connections need root: only the forward proxy is measured')
  await measureGroup(plan, { rows: FORWARD_ROWS, create: createForwardGroup, results })
  return results
}

interface Group {
  readonly rows: readonly LoadRow[]
  readonly create: (plan: EgressPlan, keep: KeepStage) => Promise<readonly Contender[]>
  readonly results: Results
}

type KeepStage = () => Promise<EgressStage>

async function measureGroup(plan: EgressPlan, { rows, create, results }: Group): Promise<void> {
  const chosen = rows.filter(plan.isChosen)
  if (chosen.length === 0) return
  const stages: EgressStage[] = []
  const keep = async (): Promise<EgressStage> => {
    const stage = await createEgressStage(plan.directory)
    stages.push(stage)
    return stage
  }
  try {
    const contenders = await create(plan, keep)
    for (const contender of contenders) await warmUp(contender, plan.say)
    const { rounds, effort, say } = plan
    const [upstreamPid = 0, ...others] = stages.map((stage) => stage.upstreamPid)
    const setting = { effort, upstreamPid, helperPids: [...plan.helperPids, ...others] }
    for (const [id, found] of await runRounds({ rows: chosen, contenders, rounds, setting, say }))
      results.set(id, found)
    for (const contender of contenders) await contender.stop()
  } finally {
    for (const stage of stages) await stage.close()
  }
}

// The rules of one machine lead to one relay: another build needs a machine of its own.
async function createRedirectGroup(plan: EgressPlan, keep: KeepStage): Promise<readonly Contender[]> {
  const { directory, against } = plan
  const stage = await keep()
  const ours = await createRedirected(stage, { name: 'ours', build: OWN_BUILD, directory })
  if (against === undefined) return [createStraight(stage), ours]
  const other = await createRedirected(await keep(), { name: 'other build', build: against, directory })
  return [createStraight(stage), ours, other]
}

async function createForwardGroup(plan: EgressPlan, keep: KeepStage): Promise<readonly Contender[]> {
  const { directory, against, say } = plan
  installSquid(say)
  const stage = await keep()
  const squid = await createSquid(stage, { directory, say })
  const ours = await createForward(stage, { name: 'ours', build: OWN_BUILD, directory })
  const other =
    against === undefined ? [] : [await createForward(stage, { name: 'other build', build: against, directory })]
  return [createStraight(stage), ...(squid === undefined ? [] : [squid]), ours, ...other]
}

async function warmUp(contender: Contender, say: (text: string) => void): Promise<void> {
  say(`warming up ${contender.name}`)
  await runLoad({ kind: 'handshake', target: contender.tls, connections: 4, seconds: 1.5 })
  await runLoad({ kind: 'download', target: contender.plain, connections: 1, bytes: 16_000_000, times: 2 })
  await runLoad({ kind: 'upload', target: contender.plain, connections: 1, bytes: 16_000_000, times: 2 })
  const { silent } = contender
  if (silent !== undefined) await runLoad({ kind: 'tunnel', target: silent, connections: 4, seconds: 1.5 })
}
