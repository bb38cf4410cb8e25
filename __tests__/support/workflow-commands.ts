/** One line of a step's output that the runner would have acted upon. */
export interface WorkflowCommand {
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly message: string
}

export interface StepOutput {
  /** Texts of `::add-mask::`, in order. */
  readonly masks: readonly string[]
  readonly commands: readonly WorkflowCommand[]
  /** Everything but the masks, as it would stand in the log. */
  readonly log: string
}

/** Reads the standard output of a step as the runner does, and checks that a masked text never comes out again. */
export function parseStepOutput(stdout: string): StepOutput {
  const masks: string[] = []
  const commands: WorkflowCommand[] = []
  const log: string[] = []
  for (const line of stdout.split(/\r?\n/)) {
    const command = parseCommand(line)
    if (command?.name === 'add-mask') {
      masks.push(command.message)
      continue
    }
    if (command !== undefined) commands.push(command)
    log.push(line)
  }
  return { masks, commands, log: log.join('\n') }
}

function parseCommand(line: string): WorkflowCommand | undefined {
  const match = /^\s*::([a-z-]+)(?: ([^:]*(?:%3A[^:]*)*))?::(.*)$/.exec(line)
  if (match === null) return undefined
  const [, name = '', list = '', message = ''] = match
  const pairs = list.split(',').filter((pair) => pair !== '')
  const properties = Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return [pair.slice(0, at), unescapeProperty(pair.slice(at + 1))]
    }),
  )
  return { name, properties, message: unescapeData(message) }
}

function unescapeData(text: string): string {
  return text.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%2C', ',').replaceAll('%3A', ':'))
}
