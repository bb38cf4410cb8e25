import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sharedAuthority } from '../../__tests__/fakes/certificate.ts'
import type { UpstreamPlace } from '../contenders/contender.ts'
import { LOAD_CORE, readFirstLine, startProgram } from '../machine/children.ts'
import { UPSTREAM_HOST } from '../wire-facts.ts'

/** Starts the fake provider with a certificate made for this run. */
export async function startUpstream(directory: string): Promise<UpstreamPlace> {
  const [authorityFile, certificateFile, keyFile] = ['authority', 'certificate', 'key'].map((name) =>
    join(directory, `${name}.pem`),
  ) as [string, string, string]
  const { key, cert } = sharedAuthority().issue([UPSTREAM_HOST])
  writeFileSync(authorityFile, sharedAuthority().ca)
  writeFileSync(certificateFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const program = join(import.meta.dirname, 'upstream.ts')
  const child = startProgram({ command: process.execPath, args: [program, certificateFile, keyFile], core: LOAD_CORE })
  const ports = JSON.parse(await readFirstLine(child)) as { plain: number; tls: number }
  return { ...ports, authorityFile, pid: child.pid ?? 0 }
}
