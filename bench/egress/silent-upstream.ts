import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findNginx, renderTemporaryPaths } from '../contenders/nginx.ts'
import { LOAD_CORE, startProgram } from '../machine/children.ts'
import { waitForPort } from '../machine/wait-for-port.ts'
import { SILENT_PORT } from './egress-facts.ts'

/**
 * Somebody who takes connections of which nothing is asked, in the network of a process: nginx, which waits for a request and costs the
 * least, because client and upstream share a core. Undefined where nginx is missing; then the usual upstream has to do it.
 */
export async function startSilentUpstream(directory: string, namespace: string): Promise<ChildProcess | undefined> {
  if (findNginx() === null) return undefined
  const place = mkdtempSync(join(directory, 'silent-'))
  const file = join(place, 'nginx.conf')
  writeFileSync(
    file,
    `master_process off; daemon off; user root; pid ${place}/nginx.pid; error_log ${place}/error.log;
events { worker_connections 8192; multi_accept on; }
http {
  access_log off;
  ${renderTemporaryPaths(place)}
  server { listen ${SILENT_PORT} backlog=4096; return 204; }
}
`,
  )
  const child = startProgram({ command: 'nginx', args: ['-p', place, '-c', file], core: LOAD_CORE, namespace })
  await waitForPort(SILENT_PORT, namespace)
  return child
}
