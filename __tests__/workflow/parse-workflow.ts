import { FeatureFlags } from '@actions/expressions'
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition'
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context'
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token'
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from '@actions/workflow-parser/templates/tokens/type-guards'
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema'

/** An expression as it stood between `${{` and `}}`; a text with expressions in it is one call of format(). */
export class Expression {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }
}

/** A workflow as data, its expressions not yet evaluated. */
export type Value = null | boolean | number | string | Expression | readonly Value[] | Fields

export interface Fields {
  readonly [name: string]: Value
}

// Parallel steps are a part of the language since 2026; the parser still wants to be told.
const FEATURES = new FeatureFlags({ allowBackgroundSteps: true })

/** What GitHub's own parser has against a workflow; empty when it accepts it. */
export async function listWorkflowErrors(name: string, content: string): Promise<readonly string[]> {
  return (await read(name, content)).errors
}

/** Parses with GitHub's own parser. Throws an Error with all it has against the text. */
export async function parseWorkflowText(name: string, content: string): Promise<Fields> {
  const { errors, root } = await read(name, content)
  if (errors.length > 0 || root === undefined) throw new Error(`${name} is no workflow: ${errors.join('; ')}`)
  return toFields(renderValue(root))
}

async function read(name: string, content: string) {
  const context = new TemplateContext(new TemplateValidationErrors(), getWorkflowSchema(), new NoOperationTraceWriter())
  context.state.featureFlags = FEATURES
  const { value: root } = parseWorkflow({ name, content }, context)
  if (root !== undefined) await convertWorkflowTemplate(context, root, undefined, { featureFlags: FEATURES })
  return { root, errors: context.errors.getErrors().map(({ message }) => message) }
}

function renderValue(token: TemplateToken): Value {
  if (isBasicExpression(token)) return new Expression(token.expression)
  if (isString(token)) return token.value
  if (isNumber(token) || isBoolean(token)) return token.value
  if (isSequence(token)) return Array.from(token, renderValue)
  if (!isMapping(token)) return null
  const pairs = Array.from(token, ({ key, value }) => {
    const name = isString(key) ? key.value : key.toString()
    return [name, name === 'if' ? renderCondition(value) : renderValue(value)] as const
  })
  return Object.fromEntries(pairs)
}

/** `if:` is an expression with and without its braces, and asks for success where it asks for no status itself. */
function renderCondition(token: TemplateToken): Expression {
  const condition = isBasicExpression(token) ? token.expression : token.toString()
  return new Expression(ensureStatusFunction(condition, token.definitionInfo))
}

/** The value as a mapping; an absent one is empty. Throws for anything else. */
export function toFields(value: Value | undefined): Fields {
  if (value === undefined || value === null) return {}
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof Expression) {
    throw new TypeError(`Not a mapping: ${JSON.stringify(value)}`)
  }
  return value as Fields
}

/** The value as a list; an absent one is empty. Throws for anything else. */
export function toList(value: Value | undefined): readonly Value[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new TypeError(`Not a list: ${JSON.stringify(value)}`)
  return value
}
