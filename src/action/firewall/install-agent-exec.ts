import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentExecConfig } from '../../core/wrapper/agent-exec-config.ts'
import { renderAgentExec } from '../../core/wrapper/render-agent-exec.ts'

export interface AgentExecRequest {
  readonly config: AgentExecConfig
  /** Private directory of the run. */
  readonly directory: string
  /** The bundle of agent-exec. */
  readonly bundle: string
}

/** Writes the launcher `agent-exec` and what it reads. @returns the directory to put on the PATH. */
export async function installAgentExec({ config, directory, bundle }: AgentExecRequest): Promise<string> {
  const bin = join(directory, 'bin')
  await mkdir(bin, { mode: 0o700 })
  const configPath = join(directory, 'agent-exec.json')
  await writeFile(configPath, JSON.stringify(config), { flag: 'wx', mode: 0o600 })
  const launcher = join(bin, 'agent-exec')
  await writeFile(launcher, renderAgentExec({ node: config.node, bundle, config: configPath }), { flag: 'wx' })
  await chmod(launcher, 0o755)
  return bin
}
