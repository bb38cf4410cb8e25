import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { UpstreamPlace } from '../contenders/contender.ts'
import { LOAD_CORE, readFirstLine, startProgram } from '../machine/children.ts'
import { UPSTREAM_HOST } from '../wire-facts.ts'

/** Starts the fake provider with a certificate made for this run. */
export async function startUpstream(directory: string): Promise<UpstreamPlace> {
  const [certificateFile, keyFile] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')]
  const subject = ['-subj', `/CN=${UPSTREAM_HOST}`, '-addext', `subjectAltName=DNS:${UPSTREAM_HOST}`]
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', keyFile, '-out', certificateFile], {
    stdio: 'ignore',
  })
  const program = join(import.meta.dirname, 'upstream.ts')
  const child = startProgram({ command: process.execPath, args: [program, certificateFile, keyFile], core: LOAD_CORE })
  const ports = JSON.parse(await readFirstLine(child)) as { plain: number; tls: number }
  return { ...ports, certificateFile, keyFile, pid: child.pid ?? 0 }
}
