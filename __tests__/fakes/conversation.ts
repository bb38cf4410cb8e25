import { isObject, type JsonObject } from './exchange.ts'

/**
 * What the fake model says: a plain text, or first a call of the shell tool the client itself offers and, once that tool's
 * output has come back, the text. Stateless: the turn is decided from what the request carries.
 */
export interface Conversation {
  readonly text: string
  /** Shell command for the tool round trip; absent = no tool call. */
  readonly command?: string
}

/** A tool as a client offers it, in whichever dialect. */
export interface OfferedTool {
  readonly name: string
  /** JSON schema of the arguments; absent for free-form tools. */
  readonly parameters?: JsonObject
  /** True for OpenAI's `custom` tools, whose input is a text. */
  readonly freeform?: boolean
  /** The namespace a client grouped it in; the call must name it again. */
  readonly namespace?: string
}

export type Turn =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool'; readonly tool: OfferedTool; readonly arguments: JsonObject; readonly input: string }

/** Every answer reports these, so that a test can check what a meter counted. `cached` is part of `input`. */
export const FAKE_USAGE = { input: 1200, cached: 1000, output: 37 } as const

// Names under which codex, Copilot, Claude Code and Gemini offer a shell (observed in their requests).
const SHELL_TOOLS = [
  'exec',
  'exec_command',
  'shell_command',
  'shell',
  'local_shell',
  'bash',
  'Bash',
  'run_shell_command',
]

/**
 * @param offered tools of this request
 * @param hasToolOutput whether the request carries the output of an earlier call
 */
export function decideTurn(conversation: Conversation, offered: readonly OfferedTool[], hasToolOutput: boolean): Turn {
  const { command, text } = conversation
  const tool = offered.find(({ name }) => SHELL_TOOLS.includes(name))
  if (command === undefined || hasToolOutput || tool === undefined) return { kind: 'text', text }
  return {
    kind: 'tool',
    tool,
    arguments: deriveArguments(tool.parameters ?? {}, command),
    input: renderScript(command),
  }
}

// The free-form tool `exec` of codex takes JavaScript that calls the real tools.
function renderScript(command: string): string {
  return `const result = await tools.exec_command({ cmd: ${JSON.stringify(command)} })\ntext(result)`
}

/** Arguments that satisfy a shell tool's schema: the command, and a harmless value for whatever else is required. */
function deriveArguments(schema: JsonObject, command: string): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.map(String) : []
  const names = new Set([...required, ...Object.keys(properties).filter((name) => COMMAND_NAMES.has(name))])
  const entries = [...names].map((name) => {
    const property = isObject(properties[name]) ? properties[name] : {}
    return [name, COMMAND_NAMES.has(name) ? deriveCommand(property, command) : deriveFiller(property)] as const
  })
  return Object.fromEntries(entries)
}

const COMMAND_NAMES = new Set(['command', 'cmd'])

function deriveCommand(property: JsonObject, command: string): unknown {
  return property.type === 'array' ? ['bash', '-c', command] : command
}

function deriveFiller(property: JsonObject): unknown {
  if (Array.isArray(property.enum)) return property.enum[0]
  const fillers: Readonly<Record<string, unknown>> = { boolean: false, number: 1, integer: 1, array: [], object: {} }
  return fillers[String(property.type)] ?? 'write a file'
}
