import type { SidecarEvent } from './events.ts'
import { PROVIDER_IDS } from './providers/provider.ts'

/**
 * Reads one line of the access log. The agent's user can write to that file, so nothing in it is believed unseen.
 * @returns the event, or undefined when the line is torn or is no event.
 */
export function parseEvent(line: string): SidecarEvent | undefined {
  const value = parseObject(line)
  if (value === undefined) return undefined
  if (value.kind === 'lifecycle') return typeof value.what === 'string' ? (value as unknown as SidecarEvent) : undefined
  return value.kind === 'request' && isRequest(value) ? (value as unknown as SidecarEvent) : undefined
}

type Fields = Readonly<Record<string, unknown>>

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const COUNTS = ['status', 'bytesIn', 'bytesOut', 'firstByteMs', 'ms'] as const

function isRequest(value: Fields): boolean {
  const { provider, outcome, model, refusal, tokens } = value
  return (
    PROVIDER_IDS.some((id) => id === provider) &&
    typeof outcome === 'string' &&
    COUNTS.every((name) => isCount(value[name])) &&
    [model, refusal].every((text) => text === undefined || typeof text === 'string') &&
    (tokens === undefined || isUsage(tokens))
  )
}

function isUsage(tokens: unknown): boolean {
  return isObject(tokens) && [tokens.input, tokens.output, tokens.cached].every(isCount)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
