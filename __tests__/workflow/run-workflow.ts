import { decideCondition, evaluate, type Scope } from './evaluate.ts'
import { Execution, type LegRecord } from './execution.ts'
import { expandMatrix, type Leg } from './expand-matrix.ts'
import { Machine, type MachineOptions } from './machine.ts'
import { type Fields, parseWorkflowText, toFields, toList, type Value } from './parse-workflow.ts'
import { type ActionStandIn, renderFields } from './run-step.ts'

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
  /** When all steps of all legs of a job are over, before the posts. */
  readonly beforePosts?: (legs: readonly Execution[]) => void
  /** When their posts are over too, while the machines are still there. */
  readonly afterPosts?: (legs: readonly Execution[]) => void
}

export interface JobRecord extends LegRecord {
  readonly id: string
  readonly permissions: Readonly<Record<string, string>>
}

/** Runs all jobs, in the order of the file; the legs of a matrix side by side. */
export async function runWorkflow(run: WorkflowRun): Promise<readonly JobRecord[]> {
  const workflow = await parseWorkflowText(run.name, run.text)
  const records: JobRecord[] = []
  for (const [id, value] of Object.entries(toFields(workflow.jobs))) {
    const job = toFields(value)
    assertKnownKeys(id, job)
    const needs = Object.fromEntries(toNames(job.needs).map((name) => [name, { result: resultOf(records, name) }]))
    const isReached = Object.values(needs).every(({ result }) => result === 'success')
    const scope: Scope = { contexts: renderContexts(run, needs), status: isReached ? 'success' : 'failure' }
    records.push(...(await runJob({ id, job, workflow, run, scope })))
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

interface JobPlan {
  readonly id: string
  readonly job: Fields
  readonly workflow: Fields
  readonly run: WorkflowRun
  readonly scope: Scope
}

async function runJob({ id, job, workflow, run, scope }: JobPlan): Promise<readonly JobRecord[]> {
  const permissions = renderFields(job.permissions ?? workflow.permissions, scope)
  const facts = { id, permissions }
  if (!decideCondition(job.if, scope)) {
    return [{ ...facts, leg: {}, container: undefined, result: 'skipped', steps: [], posts: [], remains: [] }]
  }
  const { actions = {}, replace = () => ({}), oidc = {} } = run
  await using stack = new AsyncDisposableStack()
  const executions: Execution[] = []
  for (const leg of deriveLegs(job, scope).filter((each) => run.only?.(id, each) ?? true)) {
    const machine = stack.use(await Machine.create(run.machine))
    const contexts = { ...scope.contexts, matrix: leg }
    const execution = new Execution({ leg, job, workflow, contexts, permissions, machine, actions, replace, oidc })
    stack.defer(() => execution.end())
    executions.push(execution)
  }
  await Promise.all(executions.map((execution) => execution.runSteps()))
  run.beforePosts?.(executions)
  await Promise.all(executions.map((execution) => execution.runPosts()))
  run.afterPosts?.(executions)
  return executions.map((execution) => ({ ...facts, ...execution.render() }))
}

function deriveLegs(job: Fields, scope: Scope): readonly Leg[] {
  const { matrix } = toFields(job.strategy)
  if (matrix === undefined) return expandMatrix(undefined)
  return expandMatrix(evaluate(matrix, scope) as Readonly<Record<string, unknown>>)
}
