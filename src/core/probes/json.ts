/** Parses foreign JSON; undefined for everything that is not JSON. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Follows own members of foreign JSON, never the prototype's; undefined where the way ends. */
export function readPath(value: unknown, ...members: readonly string[]): unknown {
  let current = value
  for (const member of members) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, member)) return undefined
    current = (current as Readonly<Record<string, unknown>>)[member]
  }
  return current
}
