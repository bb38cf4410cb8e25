import { data, Evaluator, Lexer, Parser } from '@actions/expressions'
import type { FunctionDefinition } from '@actions/expressions/funcs/info'
import { truthy } from '@actions/expressions/result'
import { Expression, type Value } from './parse-workflow.ts'

/** What expressions can see where they stand. */
export interface Scope {
  /** Contexts by name, as plain data: github, secrets, vars, env, steps, matrix, needs, runner, job. */
  readonly contexts: Readonly<Record<string, unknown>>
  /** How the job has gone so far. */
  readonly status: 'success' | 'failure'
}

/** Evaluates everything in a value, down to the last expression. Expressions may give any type. */
export function evaluate(value: Value, scope: Scope): unknown {
  if (value instanceof Expression) return evaluateSource(value.source, scope)
  if (Array.isArray(value)) return value.map((item: Value) => evaluate(item, scope))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, evaluate(item as Value, scope)]))
}

/** The value as the text that the runner would hand on. */
export function renderText(value: Value | undefined, scope: Scope): string {
  if (value === undefined || value === null) return ''
  return value instanceof Expression ? run(value.source, scope).coerceString() : String(value)
}

/** Whether a condition holds. */
export function decideCondition(value: Value | undefined, scope: Scope): boolean {
  if (value === undefined) return scope.status === 'success'
  if (!(value instanceof Expression)) return value === true
  return truthy(run(value.source, scope))
}

/** Evaluates the expressions within a text that no parser of workflows has seen: the defaults in action.yml. */
export function renderTemplate(text: string, scope: Scope): string {
  return text.replace(/\$\{\{\s*(.+?)\s*\}\}/g, (_whole, source: string) => run(source, scope).coerceString())
}

function evaluateSource(source: string, scope: Scope): unknown {
  return JSON.parse(JSON.stringify(run(source, scope), data.replacer)) as unknown
}

const CONTEXTS = ['github', 'secrets', 'vars', 'env', 'steps', 'matrix', 'needs', 'runner', 'job', 'strategy', 'inputs']

function run(source: string, scope: Scope): data.ExpressionData {
  assertKnown(source, scope)
  const functions = renderFunctions(scope)
  const { tokens } = new Lexer(source).lex()
  const tree = new Parser(tokens, CONTEXTS, [...functions.values()]).parse()
  const contexts = JSON.parse(JSON.stringify(scope.contexts), data.reviver) as data.Dictionary
  return new Evaluator(tree, contexts, functions).evaluate()
}

function renderFunctions({ status }: Scope): Map<string, FunctionDefinition> {
  const answers = { success: status === 'success', failure: status === 'failure', always: true, cancelled: false }
  return new Map(
    Object.entries(answers).map(([name, answer]) => [
      name,
      { name, minArgs: 0, maxArgs: 0, call: () => new data.BooleanData(answer) },
    ]),
  )
}

/**
 * GitHub reads a name that does not exist as empty. A test would then pass with an empty secret or a misspelt output: what a workflow
 * names must be in the scope, empty or not.
 */
function assertKnown(source: string, { contexts }: Scope): void {
  for (const [, reference = ''] of source.matchAll(/\b((?:secrets|vars|matrix|steps\.[\w-]+\.outputs)\.[\w-]+)/g)) {
    const path = reference.split('.')
    const last = path.pop() ?? ''
    const holder = path.reduce<unknown>((node, name) => (node as Record<string, unknown> | undefined)?.[name], contexts)
    const isPartOfMatrix = path[0] === 'matrix' && holder !== undefined
    if (!isPartOfMatrix && !(typeof holder === 'object' && holder !== null && last in holder)) {
      throw new Error(`Nothing is known of ${reference}`)
    }
  }
}
