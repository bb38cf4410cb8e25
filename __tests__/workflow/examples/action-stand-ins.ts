import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { ActionCall, ActionStandIn } from '../run-step.ts'

/** Actions of others that the examples use, played by what they would do with their inputs on this machine. */
export const ACTIONS: Readonly<Record<string, ActionStandIn>> = {
  'actions/checkout': checkOut,
  'actions/setup-node': async () => ({ code: 0, log: '' }),
  'azure/login': logInToAzure,
  'anthropics/claude-code-action': runClaudeCodeAction,
}

/** Nothing is checked out; a token left in .git/config would be, without this input. */
async function checkOut({ inputs }: ActionCall): Promise<{ readonly code: number; readonly log: string }> {
  const isSafe = inputs['persist-credentials'] === 'false'
  return isSafe ? { code: 0, log: '' } : { code: 1, log: 'the example leaves the token of the job in .git/config' }
}

/** Leaves the login of the service principal in the home directory, as the Azure CLI keeps it. */
async function logInToAzure({ inputs, machine }: ActionCall): Promise<{ readonly code: number; readonly log: string }> {
  const login = JSON.parse(inputs.creds ?? '') as object
  writeFileSync(path.join(machine.createDirectory('home/.azure'), 'login.json'), JSON.stringify(login), { mode: 0o600 })
  return { code: 0, log: '' }
}

/**
 * Refuses to start without a credential, gives the CLI the key that it was handed, and passes the base URL of the job on. The executable is
 * found on the PATH, because that of the example is a path of GitHub's images.
 */
async function runClaudeCodeAction({ inputs, environment, machine }: ActionCall): ReturnType<ActionStandIn> {
  const key = inputs.anthropic_api_key ?? ''
  if (key === '') return { code: 1, log: 'Either ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN is required' }
  const program = path.basename(inputs.path_to_claude_code_executable ?? 'claude')
  const variables = { ...environment, ANTHROPIC_API_KEY: key }
  const { code, stdout, stderr } = await machine.run([program, '-p', inputs.prompt ?? ''], variables)
  return { code, log: stdout + stderr }
}
