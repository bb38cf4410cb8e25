import { decideCondition, evaluate, type Scope } from './evaluate.ts'
import { Execution } from './execution.ts'
import { expandMatrix, type Leg } from './expand-matrix.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { type Fields, parseWorkflowText, toFields, toList, type Value } from './parse-workflow.ts'
import { type ActionStandIn, renderFields, type StepRecord } from './run-step.ts'

/**
 * Executes a workflow on this machine, as GitHub and the runner would: parsed by GitHub's own parser, matrix expanded, conditions
 * and expressions evaluated, our step by the built bundles, scripts by a shell, posts in reverse order at the end. Other actions are
 * played by stand-ins.
 */
export interface WorkflowRun {
  readonly name: string
  readonly text: string
  /** Contexts that GitHub would fill: every secret and variable that the workflow names must be there, empty or not. */
  readonly given?: {
    readonly github?: Readonly<Record<string, unknown>>
    readonly secrets?: Readonly<Record<string, string>>
    readonly vars?: Readonly<Record<string, string>>
  }
  readonly machine?: MachineOptions
  readonly actions?: Readonly<Record<string, ActionStandIn>>
  /** Inputs of this action that the test replaces; decided for each step from what the workflow says. */
  readonly replace?: (inputs: Fields) => Readonly<Record<string, string>>
  /** Variables of the runner for jobs that may ask for identity tokens. */
  readonly oidc?: Readonly<Record<string, string>>
  /** Jobs and legs to run; all by default. */
  readonly only?: (job: string, leg: Leg) => boolean
  /** When all steps are over, before the posts. */
  readonly beforePosts?: (job: Execution) => void | Promise<void>
}

export interface JobRecord {
  readonly id: string
  readonly leg: Leg
  readonly result: 'success' | 'failure' | 'skipped'
  readonly permissions: Readonly<Record<string, string>>
  /** As the workflow says it, evaluated; undefined where the job runs on the machine itself. */
  readonly container: unknown
  readonly steps: readonly StepRecord[]
  readonly posts: readonly StepRecord[]
  /** What lay in the runner's temporary directory and in the home when all was over. */
  readonly remains: readonly string[]
}

/** Runs all jobs, in the order of the file; the legs of a matrix side by side. */
export async function runWorkflow(run: WorkflowRun): Promise<readonly JobRecord[]> {
  const workflow = await parseWorkflowText(run.name, run.text)
  const records: JobRecord[] = []
  for (const [id, value] of Object.entries(toFields(workflow.jobs))) {
    const job = toFields(value)
    assertKnownKeys(id, job)
    const needs = Object.fromEntries(toNames(job.needs).map((name) => [name, { result: resultOf(records, name) }]))
    const contexts = { ...renderContexts(run, needs), matrix: {} }
    const isReached = Object.values(needs).every(({ result }) => result === 'success')
    const scope: Scope = { contexts, status: isReached ? 'success' : 'failure' }
    const matrix = toFields(job.strategy).matrix
    const legs = expandMatrix(
      matrix === undefined ? undefined : (evaluate(matrix, scope) as Readonly<Record<string, unknown>>),
    ).filter((leg) => run.only?.(id, leg) ?? true)
    const plans = legs.map((leg) => ({ id, leg, job, workflow, run, contexts: { ...contexts, matrix: leg } }))
    records.push(...(await Promise.all(plans.map((plan) => runLeg(plan, scope)))))
  }
  return records
}

const JOB_KEYS =
  'name needs if runs-on timeout-minutes environment permissions strategy env steps container concurrency'.split(' ')

function assertKnownKeys(id: string, job: Fields): void {
  const unknown = Object.keys(job).filter((key) => !JOB_KEYS.includes(key))
  if (unknown.length > 0) throw new Error(`The job ${id} is not executed with ${unknown.join(', ')}`)
}

function toNames(value: Value | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : toList(value).map(String)
}

function resultOf(records: readonly JobRecord[], id: string): string {
  const legs = records.filter((record) => record.id === id)
  if (legs.length === 0) throw new Error(`The job ${id} has not run yet`)
  return legs.find(({ result }) => result !== 'success')?.result ?? 'success'
}

function renderContexts(run: WorkflowRun, needs: object): Record<string, unknown> {
  const github = {
    server_url: 'https://github.com',
    api_url: 'https://api.github.com',
    repository: 'octo/agents',
    event_name: 'workflow_dispatch',
    event: {},
    run_id: '1',
    token: '',
    ...run.given?.github,
  }
  const { secrets = {}, vars = {} } = run.given ?? {}
  return { github, needs, vars, secrets: { GITHUB_TOKEN: github.token, ...secrets } }
}

interface LegPlan {
  readonly id: string
  readonly leg: Leg
  readonly job: Fields
  readonly workflow: Fields
  readonly run: WorkflowRun
  readonly contexts: Readonly<Record<string, unknown>>
}

async function runLeg({ id, leg, job, workflow, run, contexts }: LegPlan, before: Scope): Promise<JobRecord> {
  const scope: Scope = { contexts, status: before.status }
  const permissions = renderFields(job.permissions ?? workflow.permissions, scope)
  const container = job.container === undefined ? undefined : evaluate(job.container, scope)
  const empty = { id, leg, permissions, container, steps: [], posts: [], remains: [] }
  if (!decideCondition(job.if, scope)) return { ...empty, result: 'skipped' }
  await using machine = await Machine.create(run.machine)
  const { actions = {}, replace = () => ({}), oidc = {} } = run
  const execution = new Execution({ leg, job, workflow, contexts, permissions, machine, actions, replace, oidc })
  try {
    for (const step of toList(job.steps)) await execution.run(toFields(step))
    await run.beforePosts?.(execution)
    await execution.runPosts()
  } finally {
    execution.end()
  }
  const { steps, posts, status } = execution
  return { ...empty, result: status, steps, posts, remains: execution.listRemains() }
}
