/** A line or an answer that is JSON, before anything in it is believed. */
export type Fields = Readonly<Record<string, unknown>>

/** The members of a JSON object (an array has its indices); undefined for any other value, and for text that is no JSON. */
export function parseFields(text: string): Fields | undefined {
  try {
    return toFields(JSON.parse(text))
  } catch {
    return undefined
  }
}

/** The same for a value that has been parsed: what lies within an object. */
export function toFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

/** The member that the value is; undefined when it is none. What is read from outside gets its type here. */
export function parseOneOf<Member extends string>(members: readonly Member[], value: unknown): Member | undefined {
  return members.find((member) => member === value)
}

/** A figure that can be added and printed: finite, not negative, whole or broken. */
export function parseFigure(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined
}
