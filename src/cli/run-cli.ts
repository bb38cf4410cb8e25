import { renderLogText } from '../core/log-text.ts'
import { parseCommandLine } from './parse-command-line.ts'
import { runCheck } from './run-check.ts'
import { runCommand, SUPERVISE } from './run-command.ts'
import { runDomains } from './run-domains.ts'
import { runExplain } from './run-explain.ts'
import { readHandover, superviseCommand } from './supervise-command.ts'
import { type End, EXIT, exitWith, type Terminal } from './terminal.ts'

/** The program: one command line, one way to end. */
export async function runCli(terminal: Terminal): Promise<End> {
  try {
    if (Number(/^v(\d+)/.exec(terminal.nodeVersion)?.[1]) < OLDEST_NODE) return refuseNode(terminal)
    const [first, path = ''] = terminal.arguments
    if (first === SUPERVISE) return await superviseCommand(terminal, await readHandover(path))
    return await dispatch(terminal)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    terminal.writeError(`setup-agent-proxy: unexpected error: ${renderLogText(message)}\n`)
    return exitWith(EXIT.notStarted)
  }
}

const OLDEST_NODE = 24

function refuseNode({ nodeVersion, writeError }: Terminal): End {
  writeError(`setup-agent-proxy needs Node ${OLDEST_NODE} or newer; this is ${nodeVersion}.\n`)
  return exitWith(EXIT.notStarted)
}

async function dispatch(terminal: Terminal): Promise<End> {
  const request = parseCommandLine(terminal)
  switch (request.kind) {
    case 'run':
      return runCommand(terminal, request)
    case 'check':
      return runCheck(terminal, request)
    case 'domains':
      return runDomains(terminal, request)
    case 'explain':
      return runExplain(terminal, request)
    case 'done':
      return exitWith(request.code)
  }
}
