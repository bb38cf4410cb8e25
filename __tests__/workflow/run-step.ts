import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { ActionStep } from '../support/action-step.ts'
import { readFileCommands } from '../support/file-commands.ts'
import { renderTemplate, renderText, type Scope } from './evaluate.ts'
import type { Machine } from './machine.ts'
import { type Fields, toFields } from './parse-workflow.ts'

const ROOT = path.join(import.meta.dirname, '..', '..')

/** What became of a step. */
export interface StepRecord {
  readonly name: string
  /** How it was executed: our bundles, a shell, a stand-in for another action, or not at all because its condition did not hold. */
  readonly kind: 'bundles' | 'script' | 'stand-in' | 'none'
  readonly outcome: 'success' | 'failure' | 'skipped'
  readonly log: string
  readonly summary: string
  readonly outputs: Readonly<Record<string, string>>
  /** Lines of the script that install something: recognised and left out. */
  readonly installs: readonly string[]
}

/** What another action is played by. */
export type ActionStandIn = (call: ActionCall) => Promise<{ readonly code: number | null; readonly log: string }>

export interface ActionCall {
  readonly inputs: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  readonly machine: Machine
}

/** How steps are executed in one job. */
export interface StepRules {
  readonly machine: Machine
  /** By repository, as in `uses:` before the `@`. */
  readonly actions: Readonly<Record<string, ActionStandIn>>
  /** Inputs of this action that a test must replace, by name. */
  readonly replaced: Readonly<Record<string, string>>
  /** The job's own variables and what steps exported so far. */
  readonly environment: () => Readonly<Record<string, string>>
  /** What the runner adds behind everything a workflow says. */
  readonly runnerOnly: Readonly<Record<string, string>>
}

/** What a step leaves for those after it. */
export interface StepResult {
  readonly record: StepRecord
  readonly exported: Readonly<Record<string, string>>
  readonly paths: readonly string[]
  /** Set where the step has a post. */
  readonly action?: ActionStep
}

/** Executes one step that is not a group. Throws for whatever a runner would do with it and we do not. */
export function runStep(step: Fields, rules: StepRules, scope: Scope): Promise<StepResult> {
  assertKnownKeys(step)
  const name = renderText(step.name ?? step.id ?? step.uses ?? step.run, scope)
  const variables = renderFields(step.env, scope)
  const request: StepRequest = { name, step, rules, scope, variables }
  if (step.run !== undefined) return runScript(request)
  const uses = String(step.uses)
  if (uses === './' || uses.startsWith('OWNER/setup-agent-proxy@')) return runOwn(request)
  return runStandIn(request, uses.replace(/@.*$/, ''))
}

/** The record of a step whose condition did not hold. */
export function skipStep(step: Fields, scope: Scope): StepRecord {
  const name = renderText(step.name ?? step.id ?? step.uses ?? step.run, scope)
  return { name, kind: 'none', outcome: 'skipped', log: '', summary: '', outputs: {}, installs: [] }
}

interface StepRequest {
  readonly name: string
  readonly step: Fields
  readonly rules: StepRules
  readonly scope: Scope
  readonly variables: Readonly<Record<string, string>>
}

const KEYS = 'id name if uses run with env shell continue-on-error timeout-minutes'.split(' ')

function assertKnownKeys(step: Fields): void {
  const unknown = Object.keys(step).filter((key) => !KEYS.includes(key))
  if (unknown.length > 0) throw new Error(`Steps are not executed with ${unknown.join(', ')}`)
}

/** A mapping of names to texts, as `env:` and `with:` are. */
export function renderFields(value: Fields[string] | undefined, scope: Scope): Record<string, string> {
  const entries = Object.entries(toFields(value))
  return Object.fromEntries(entries.map(([name, item]) => [name, renderText(item, scope)]))
}

async function runScript({ name, step, rules, scope, variables }: StepRequest): Promise<StepResult> {
  const { machine } = rules
  const { script, installs } = separateInstalls(renderText(step.run, scope))
  const place = createPlace(machine)
  const file = path.join(place, 'script.sh')
  writeFileSync(file, script)
  machine.own(file)
  const files = createFiles(machine, place)
  const options = step.shell === 'bash' ? ['--noprofile', '--norc', '-eo', 'pipefail'] : ['-e']
  const environment = { ...rules.environment(), ...variables, ...rules.runnerOnly, ...files }
  const { code, stdout, stderr } = await machine.run(['bash', ...options, file], environment)
  const outputs = readFileCommands(files.GITHUB_OUTPUT)
  const summary = readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')
  const outcome = code === 0 ? 'success' : 'failure'
  const record: StepRecord = { name, kind: 'script', outcome, log: stdout + stderr, summary, outputs, installs }
  return { record, exported: readFileCommands(files.GITHUB_ENV), paths: readLines(files.GITHUB_PATH) }
}

const INSTALL = /^\s*(?:npm install -g |sudo apt-get install |curl \S.* \| sudo bash$)/

/** What fetches programs from the internet is not run here: the programs are stand-ins, and there is no internet. */
function separateInstalls(script: string): { readonly script: string; readonly installs: readonly string[] } {
  const lines = script.split('\n')
  const isInstall = (line: string): boolean => INSTALL.test(line)
  return {
    script: lines.filter((line) => !isInstall(line)).join('\n'),
    installs: lines.filter(isInstall).map((line) => line.trim()),
  }
}

async function runOwn({ name, step, rules, scope, variables }: StepRequest): Promise<StepResult> {
  const { machine } = rules
  const action = new ActionStep({
    directory: createPlace(machine),
    workspace: machine.workspace,
    bundles: machine.bundles,
    node: machine.node,
    prefix: machine.prefix,
    own: (target) => machine.own(target),
    inputs: { ...renderDefaults(scope), ...renderFields(step.with, scope), ...rules.replaced },
    environment: () => ({ ...rules.environment(), ...variables, ...rules.runnerOnly }),
  })
  const { exitCode, log } = await action.runMain()
  const { outputs, exported, paths } = action
  const outcome = exitCode === 0 ? 'success' : 'failure'
  // What was not set is empty, as every output that action.yml declares.
  const declared = Object.fromEntries(Object.keys(ACTION.outputs).map((output) => [output, '']))
  const summary = action.readSummary()
  const all = { ...declared, ...outputs }
  return {
    record: { name, kind: 'bundles', outcome, log, summary, outputs: all, installs: [] },
    ...{ exported, paths, action },
  }
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>
  readonly outputs: Readonly<Record<string, unknown>>
}

const ACTION = parse(readFileSync(path.join(ROOT, 'action.yml'), 'utf8')) as Action

/** Every input with its default where the step says nothing, as the runner gives them. */
function renderDefaults(scope: Scope): Record<string, string> {
  const rows = Object.entries(ACTION.inputs)
  return Object.fromEntries(rows.map(([name, row]) => [name, renderTemplate(String(row.default ?? ''), scope)]))
}

async function runStandIn(
  { name, step, rules, scope, variables }: StepRequest,
  repository: string,
): Promise<StepResult> {
  const standIn = rules.actions[repository]
  if (standIn === undefined) throw new Error(`There is no stand-in for the action ${repository}`)
  const environment = { ...rules.environment(), ...variables, ...rules.runnerOnly }
  const { code, log } = await standIn({ inputs: renderFields(step.with, scope), environment, machine: rules.machine })
  const outcome = code === 0 ? 'success' : 'failure'
  const record: StepRecord = { name, kind: 'stand-in', outcome, log, summary: '', outputs: {}, installs: [] }
  return { record, exported: {}, paths: [] }
}

function createPlace(machine: Machine): string {
  const place = mkdtempSync(path.join(machine.createDirectory('steps'), 'step-'))
  machine.own(place)
  return place
}

const FILES = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const

function createFiles(machine: Machine, place: string): Record<(typeof FILES)[number], string> {
  const entries = FILES.map((variable) => {
    const file = path.join(place, variable)
    writeFileSync(file, '')
    machine.own(file)
    return [variable, file] as const
  })
  return Object.fromEntries(entries) as Record<(typeof FILES)[number], string>
}

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
}
