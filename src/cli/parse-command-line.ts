import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { InputRow } from '../core/inputs/input-row.ts'
import { INPUT_NAMES, INPUTS, type InputName } from '../core/inputs/input-table.ts'
import { isConfigPath } from '../core/inputs/parse-config.ts'
import { createRedactor } from '../core/redact.ts'
import { VERSION } from '../core/version.ts'
import { deriveVariable, isSecretInput, listVariables } from './collect-inputs.ts'
import type { Display, Flags, Request } from './options.ts'
import { EXIT, type Terminal } from './terminal.ts'

/** Reads the command line. What is wrong with it is said here; nothing has been started yet. */
export function parseCommandLine(terminal: Terminal): Request {
  let request: Request = { kind: 'done', code: EXIT.ok }
  const program = createProgram(terminal, (found) => {
    request = found
  })
  try {
    program.parse([...terminal.arguments], { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === SECRET_GIVEN) terminal.writeError(`error: ${error.message}\n`)
    const isRun = terminal.arguments[0] === 'run'
    request = { kind: 'done', code: error.exitCode === 0 ? EXIT.ok : isRun ? EXIT.notStarted : EXIT.unusable }
  }
  return request
}

type Take = (request: Request) => void
type Raw = Readonly<Record<string, string | boolean | undefined>>

function createProgram(terminal: Terminal, take: Take): Command {
  const redact = createRedactor([])
  const program = new Command('setup-agent-proxy')
    .description(
      'Gives an AI agent working endpoints but never a key: checks the keys, holds them in a sidecar, filters what leaves.',
    )
    .version(VERSION)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: terminal.write,
      // What was typed is quoted in these texts, and somebody may have typed a key.
      writeErr: (text) => terminal.writeError(redact(text.replaceAll(/('-[^'=]*)=[^']*'/g, "$1'"))),
    })
    .showSuggestionAfterError()
    .addHelpText('after', AFTER_HELP)
  addRun(program, terminal, take)
  addCheck(program, terminal, take)
  addDomains(program, take)
  addExplain(program, take)
  return program
}

const AFTER_HELP = `
Keys come from the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, COPILOT_GITHUB_TOKEN, GEMINI_API_KEY …), from --config, or from
a program or file (--openai-api-key-command, --openai-api-key-file). Never as an option. Every other input of the action is an
option, and a variable AGENT_PROXY_<INPUT_NAME>.

  setup-agent-proxy check
  setup-agent-proxy run -- codex exec "fix the failing test"
  setup-agent-proxy explain https://registry.example.com
`

function addRun(program: Command, terminal: Terminal, take: Take): void {
  const run = addInputs(program.command('run'))
    .description('start the sidecar and the firewall, run a command behind them, and end as it ends')
    .argument('<command...>', 'the agent and its arguments; write -- before it')
    .usage('[options] -- <command...>')
    .passThroughOptions()
  addDisplay(run).action((command: string[], raw: Raw) =>
    take({ kind: 'run', command, flags: readFlags(raw), display: readDisplay(raw, terminal) }),
  )
}

function addCheck(program: Command, terminal: Terminal, take: Take): void {
  const check = addInputs(program.command('check'))
    .description(
      'derive the hosts and check every key; nothing stays running. Exit code 0: all valid, 1: something is rejected, 2: an input cannot be used',
    )
    .option('--json', 'print the findings as JSON')
  addDisplay(check).action((raw: Raw) =>
    take({
      kind: 'check',
      flags: readFlags(raw),
      display: readDisplay(raw, terminal),
      isJson: raw.json === true,
    }),
  )
}

const RUNNER_OPTION = ['--runner', 'with the services that a runner of GitHub Actions needs, as in a workflow'] as const

function addDomains(program: Command, take: Take): void {
  addInputs(program.command('domains'))
    .description('list what the command and the sidecar may reach, and why; works without a key')
    .addOption(new Option('--json', 'print both lists as JSON').conflicts(['awf', 'squid']))
    .addOption(new Option('--awf', 'print the list in the form of awf --allow-domains').conflicts(['json', 'squid']))
    .addOption(new Option('--squid', 'print a configuration for Squid').conflicts(['json', 'awf']))
    .option(...RUNNER_OPTION)
    .action((raw: Raw) => {
      const form = (['json', 'awf', 'squid'] as const).find((name) => raw[name] === true) ?? 'lines'
      take({ kind: 'domains', flags: readFlags(raw), form, hasRunner: raw.runner === true })
    })
}

function addExplain(program: Command, take: Take): void {
  addInputs(program.command('explain'))
    .description('say which rule or route a URL meets, or what an error message means')
    .argument('<text...>', 'a URL, a code, a message; - reads a whole output from stdin')
    .option(...RUNNER_OPTION)
    .action((words: string[], raw: Raw) =>
      take({ kind: 'explain', words, flags: readFlags(raw), hasRunner: raw.runner === true }),
    )
}

/** One option for each input of the table, in its groups. */
function addInputs(command: Command): Command {
  for (const name of INPUT_NAMES) command.addOption(isSecretInput(name) ? createTrap(name) : createOption(name))
  return command
}

function createOption(name: InputName): Option {
  const row: InputRow = INPUTS[name]
  const values = row.values === undefined ? '' : ` One of ${row.values.join(', ')}.`
  const standard = row.default === '' || row.default.includes('${{') ? '' : ` Default: ${row.default}.`
  const option = new Option(
    `--${name} <${row.kind === 'config' ? 'file' : 'value'}>`,
    row.description + values + standard,
  )
  return option.helpGroup(`${row.group}:`).argParser(name === 'config' ? parseConfigPath : (value: string) => value)
}

/** The text of a config may hold keys. */
function parseConfigPath(value: string): string {
  if (isConfigPath(value)) return value
  throw new InvalidArgumentError('It must be the path of a file; the text itself goes into AGENT_PROXY_CONFIG.')
}

const SECRET_GIVEN = 'agent-proxy.secret-given'

/** Taken for what people will try, to say what to do instead. Not as the invalid argument that it is: that would repeat the value. */
function createTrap(name: InputName): Option {
  const [, variable = deriveVariable(name)] = listVariables(name)
  return new Option(`--${name} [value]`).hideHelp().argParser(() => {
    throw new CommanderError(
      EXIT.unusable,
      SECRET_GIVEN,
      `--${name}: a secret is not taken from the command line, which every process of this machine can read. Set the variable ${variable} instead.`,
    )
  })
}

function addDisplay(command: Command): Command {
  return command
    .addOption(
      new Option('--verbose', 'say everything, also where stderr is no terminal')
        .conflicts('quiet')
        .helpGroup('Display:'),
    )
    .addOption(new Option('--quiet', 'say warnings and errors only').helpGroup('Display:'))
}

function readFlags(raw: Raw): Flags {
  const flags = new Map<InputName, string>()
  for (const name of INPUT_NAMES) {
    const value = raw[name.replaceAll(/-(\w)/g, (_match, letter: string) => letter.toUpperCase())]
    if (typeof value === 'string') flags.set(name, value)
  }
  return flags
}

function readDisplay(raw: Raw, { isErrorTerminal, environment }: Terminal): Display {
  const usual = isErrorTerminal ? 'usual' : 'quiet'
  const verbosity = raw.quiet === true ? 'quiet' : raw.verbose === true ? 'verbose' : usual
  return { verbosity, isColoured: isErrorTerminal && (environment.NO_COLOR ?? '') === '' }
}
