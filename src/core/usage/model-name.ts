const MODEL_NAME = /^[\w./:@+-]{1,128}$/

/**
 * Parses a model name as it may stand in logs, metrics and the summary: 1–128 characters of letters, digits and `_./:@+-`.
 * Anything else is no name, since both the agent and an upstream can put any text there.
 * @returns the name, or undefined.
 */
export function parseModelName(value: unknown): string | undefined {
  return typeof value === 'string' && MODEL_NAME.test(value) ? value : undefined
}
