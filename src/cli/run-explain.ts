import { explainDestination, parseWantedUrl } from '../core/explain/explain-destination.ts'
import { type Explanation, type ExplanationKind, findExplanations } from '../core/explain/find-explanations.ts'
import type { ExplainOptions } from './options.ts'
import { readPolicy, sayFaults } from './read-policy.ts'
import { type End, EXIT, exitWith, type Terminal } from './terminal.ts'

/** `explain`: a URL meets rules and routes, every other text is looked up in the tables of what we and others say. */
export async function runExplain(terminal: Terminal, options: ExplainOptions): Promise<End> {
  const isInput = options.words.length === 1 && options.words[0] === '-'
  const text = isInput ? await terminal.readInput() : options.words.join(' ')
  const wanted = isInput ? undefined : parseWantedUrl(text)
  if (wanted !== undefined) return explainUrl(terminal, options, wanted)
  const found = findExplanations(text)
  if (found.length === 0) {
    terminal.writeError(
      'Nothing in this text is known. The troubleshooting page says where to look for more (log-level: debug).\n',
    )
    return exitWith(EXIT.rejected)
  }
  terminal.write(found.map(renderExplanation).join('\n'))
  return exitWith(EXIT.ok)
}

async function explainUrl(
  terminal: Terminal,
  { flags, hasRunner }: ExplainOptions,
  wanted: NonNullable<ReturnType<typeof parseWantedUrl>>,
): Promise<End> {
  try {
    const { policy, inputs } = await readPolicy(terminal, flags, hasRunner)
    const lines = explainDestination(wanted, { policy, topology: inputs.topology, providers: inputs.providers })
    const off =
      inputs.firewall.mode === 'off' ? ['With egress-policy: off nothing is blocked; with block it would be:'] : []
    terminal.write(`${[...off, ...lines].join('\n')}\n`)
    return exitWith(EXIT.ok)
  } catch (error) {
    return exitWith(sayFaults(terminal, error))
  }
}

const SAID_BY: Readonly<Record<ExplanationKind, string>> = {
  fault: 'the set-up',
  refusal: 'an answer of the sidecar',
  check: 'the check of a key',
  source: 'a source of credentials',
  firewall: 'the firewall',
  agent: 'the agent’s own words',
}

function renderExplanation({ kind, code, cause, fix }: Explanation): string {
  return `${code} (${SAID_BY[kind]})\n  cause: ${cause}\n  fix:   ${fix}\n`
}
