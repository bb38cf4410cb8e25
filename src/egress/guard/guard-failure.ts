/** Why the firewall cannot be had, as a sentence for people. Whoever throws it has nothing more to say. */
export class GuardFailure extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, { cause })
    this.name = 'GuardFailure'
  }
}

/** The sentence of a failure; of anything unforeseen its kind and code. */
export function describeFailure(error: unknown): string {
  if (error instanceof GuardFailure) return error.message
  // A fact of the machine or of the config that could not stand in a rule.
  if (error instanceof RangeError) return `${error.message}.`
  const { code, message, syscall, path } = error as NodeJS.ErrnoException
  if (code !== undefined)
    return `${syscall ?? 'A system call'} failed with ${code}${path === undefined ? '' : ` at ${path}`}.`
  return `The firewall met a defect of its own: ${message ?? String(error)}.`
}
