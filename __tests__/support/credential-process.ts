import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CredentialProcessHost, createOwnHost } from '../../src/sidecar/supervisor/credential-child.ts'
import { DIST } from './bundles.ts'

/** The credential process as it is shipped, started from the node of the tests. */
export function createCredentialProcessHost(): CredentialProcessHost {
  const source = readFileSync(join(DIST, 'credential-process', 'index.js'), 'utf8')
  return createOwnHost({ execPath: process.execPath, source, environment: {} })
}
