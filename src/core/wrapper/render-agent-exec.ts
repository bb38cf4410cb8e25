import { renderShellWord } from './render-shell-word.ts'

export interface AgentExecPaths {
  readonly node: string
  /** The bundle `agent-exec/index.js`. */
  readonly bundle: string
  /** The file with the AgentExecConfig. */
  readonly config: string
}

/** Longest first line that every kernel of a supported system reads. */
const MAX_SHEBANG = 127

/**
 * Text of the launcher `agent-exec`, to be written with mode 0755 into a directory of the PATH.
 *
 * It names node in its first line where the kernel can read that: a POSIX shell in between would drop every variable whose name
 * it could not hold (`INPUT_MY-NAME`), and the command's environment is promised to be untouched.
 * @throws Error when a path is not absolute or holds a line break: such a launcher would run something else.
 */
export function renderAgentExec({ node, bundle, config }: AgentExecPaths): string {
  for (const path of [node, bundle, config]) {
    if (!path.startsWith('/') || /[\n\r\0]/.test(path)) throw new Error('agent-exec needs absolute paths of one line')
  }
  const shebang = `#!${node}`
  if (/\s/.test(node) || shebang.length > MAX_SHEBANG) {
    return `#!/bin/sh\nexec ${[node, bundle, config].map(renderShellWord).join(' ')} "$@"\n`
  }
  return `${shebang}
const { argv } = process
argv.splice(1, 1, ${JSON.stringify(bundle)}, ${JSON.stringify(config)})
import(${JSON.stringify(encodeURI(bundle).replaceAll('?', '%3F').replaceAll('#', '%23'))})
`
}
