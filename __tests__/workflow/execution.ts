import { readdirSync } from 'node:fs'
import path from 'node:path'
import type { ActionStep } from '../support/action-step.ts'
import { findProcesses } from '../support/find-processes.ts'
import { decideCondition, evaluate, type Scope } from './evaluate.ts'
import type { Leg } from './expand-matrix.ts'
import type { Machine } from './machine.ts'
import { type Fields, toFields, toList } from './parse-workflow.ts'
import {
  type ActionStandIn,
  renderFields,
  runStep,
  type StepRecord,
  type StepResult,
  type StepRules,
  skipStep,
} from './run-step.ts'

/** What one leg of a job needs to run. */
export interface ExecutionPlan {
  readonly leg: Leg
  readonly job: Fields
  readonly workflow: Fields
  /** Contexts that hold for the whole job. */
  readonly contexts: Readonly<Record<string, unknown>>
  readonly permissions: Readonly<Record<string, string>>
  readonly machine: Machine
  readonly actions: Readonly<Record<string, ActionStandIn>>
  readonly replace: (inputs: Fields) => Readonly<Record<string, string>>
  readonly oidc: Readonly<Record<string, string>>
}

/** What became of one leg of a job. */
export interface LegRecord {
  readonly leg: Leg
  readonly result: 'success' | 'failure' | 'skipped'
  /** As the workflow says it, evaluated; undefined where the job runs on the machine itself. */
  readonly container: unknown
  readonly steps: readonly StepRecord[]
  readonly posts: readonly StepRecord[]
  /** What of ours lay in the runner's temporary directory and in the home, and ran, when all was over. */
  readonly remains: readonly string[]
}

interface Post {
  readonly name: string
  readonly action: ActionStep
}

/** One leg of a job while it runs: the state that its steps share. */
export class Execution {
  readonly machine: Machine
  readonly steps: StepRecord[] = []
  readonly posts: StepRecord[] = []
  status: Scope['status'] = 'success'
  readonly #plan: ExecutionPlan
  readonly #posts: Post[] = []
  readonly #known: Record<string, { readonly outputs: object; readonly outcome: string; readonly conclusion: string }> =
    {}
  /** `env:` of workflow and job, and what steps exported: the context `env`. */
  #variables: Record<string, string>
  #paths: readonly string[] = []

  constructor(plan: ExecutionPlan) {
    this.#plan = plan
    this.machine = plan.machine
    const scope: Scope = { contexts: plan.contexts, status: 'success' }
    this.#variables = { ...renderFields(plan.workflow.env, scope), ...renderFields(plan.job.env, scope) }
  }

  get leg(): Leg {
    return this.#plan.leg
  }

  /** Steps of this action that ran, in order. */
  get actions(): readonly ActionStep[] {
    return this.#posts.map(({ action }) => action)
  }

  /** What a step gets that says nothing itself. */
  get environment(): Record<string, string> {
    const { github } = this.#plan.contexts as { readonly github: Readonly<Record<string, unknown>> }
    const base = this.machine.environment
    return {
      ...base,
      GITHUB_SERVER_URL: String(github.server_url),
      GITHUB_API_URL: String(github.api_url),
      GITHUB_REPOSITORY: String(github.repository),
      GITHUB_RUN_ID: String(github.run_id),
      GITHUB_EVENT_NAME: String(github.event_name),
      ...this.#variables,
      PATH: [...this.#paths, base.PATH].join(path.delimiter),
    }
  }

  /** Runs all steps, one after the other. */
  async runSteps(): Promise<void> {
    for (const step of toList(this.#plan.job.steps)) await this.#run(toFields(step))
  }

  // Several side by side, too. What those export comes when all are over, as the runner does it.
  async #run(step: Fields): Promise<void> {
    if (step.parallel !== undefined) {
      const group = toList(step.parallel).map(toFields)
      const scope = this.#scope()
      const results = await Promise.all(group.map((item) => this.#runOne(item, scope)))
      for (const [index, result] of results.entries()) this.#take(group[index] ?? {}, result)
      return
    }
    this.#take(step, await this.#runOne(step, this.#scope()))
  }

  /** Posts come in reverse order, whatever became of the steps. */
  async runPosts(): Promise<void> {
    for (const { name, action } of this.#posts.toReversed()) {
      const { exitCode, log } = await action.runPost()
      const outcome = exitCode === 0 ? 'success' : 'failure'
      const summary = action.readSummary()
      this.posts.push({ name: `Post ${name}`, kind: 'bundles', outcome, log, summary, outputs: {}, installs: [] })
      if (exitCode !== 0) this.status = 'failure'
    }
  }

  /** What became of this leg. */
  render(): LegRecord {
    const { leg, steps, posts, status } = this
    const { job, contexts } = this.#plan
    const container = job.container === undefined ? undefined : evaluate(job.container, { contexts, status })
    return { leg, steps, posts, result: status, container, remains: this.#listRemains() }
  }

  /** Ends what a failed job may have left. */
  end(): void {
    for (const action of this.actions) {
      const pid = action.readState()?.pid
      if (pid !== undefined) this.machine.endSidecar(pid)
    }
  }

  // Files and processes that our steps have left: nothing of them may be there.
  #listRemains(): readonly string[] {
    const settings = ['.codex', '.gemini', '.claude'].filter((name) => readdirSync(this.machine.home).includes(name))
    const processes = findProcesses(this.machine.directory).map((pid) => `process ${pid}`)
    return [...readdirSync(this.machine.temp), ...settings, ...processes]
  }

  #scope(): Scope {
    const { machine } = this
    const contexts = {
      ...this.#plan.contexts,
      env: this.#variables,
      steps: this.#known,
      job: { status: this.status },
      runner: { os: 'Linux', temp: machine.temp, tool_cache: machine.tools, environment: 'self-hosted' },
    }
    return { contexts, status: this.status }
  }

  async #runOne(step: Fields, scope: Scope): Promise<StepResult> {
    if (!decideCondition(step.if, scope)) return { record: skipStep(step, scope), exported: {}, paths: [] }
    return await runStep(step, this.#renderRules(step), scope)
  }

  #renderRules(step: Fields): StepRules {
    const { actions, replace, oidc, permissions, machine } = this.#plan
    return {
      machine,
      actions,
      replaced: replace(toFields(step.with)),
      environment: () => this.environment,
      runnerOnly: permissions['id-token'] === 'write' ? oidc : {},
    }
  }

  #take(step: Fields, { record, exported, paths, action }: StepResult): void {
    this.steps.push(record)
    this.#variables = { ...this.#variables, ...exported }
    this.#paths = [...paths.toReversed(), ...this.#paths]
    const isTolerated = step['continue-on-error'] === true
    if (record.outcome === 'failure' && !isTolerated) this.status = 'failure'
    const conclusion = isTolerated ? 'success' : record.outcome
    if (step.id !== undefined) {
      this.#known[String(step.id)] = { outputs: record.outputs, outcome: record.outcome, conclusion }
    }
    if (action !== undefined) this.#posts.push({ name: record.name, action })
  }
}
