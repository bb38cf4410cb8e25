import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONTENDER_CORE, startProgram, stopProgram } from '../machine/children.ts'
import { findFreePorts } from '../machine/free-ports.ts'
import { waitForPort } from '../machine/wait-for-port.ts'
import { RELAY_UID, RULES } from './egress-facts.ts'
import type { EgressStage } from './egress-stage.ts'
import { enter, type StartedRelay } from './relay.ts'

/** Null where Squid is missing; the version otherwise. */
export function findSquid(): string | null {
  try {
    return /Version ([\d.]+)/.exec(execFileSync('squid', ['-v'], { encoding: 'utf8' }))?.[1] ?? null
  } catch {
    return null
  }
}

/** What Squid leaves behind when it is killed. Another one on this machine has the same under another name of service. */
const SHARED = ['cf__metadata', 'cf__queues', 'cf__readers'] as const

export type StartedSquid = Pick<StartedRelay, 'pid' | 'stop'> & { readonly port: number }

/** Squid with the rules, the order and the log that AWF gives it: no cache, one line for each tunnel. */
export async function startSquid(stage: EgressStage, directory: string): Promise<StartedSquid> {
  const [port = 0] = await findFreePorts(1)
  const place = join(directory, 'squid')
  mkdirSync(place, { recursive: true })
  const file = join(place, 'squid.conf')
  writeFileSync(file, renderConfiguration(stage, { port, place }))
  if (stage.machine !== null) chownSync(place, RELAY_UID, RELAY_UID)
  const service = `bench${process.pid}`
  const [command = 'squid', ...args] = [...enter(stage), 'squid', '-N', '-n', service, '-f', file]
  const child = startProgram({ command, args, core: CONTENDER_CORE })
  await waitForPort(port, stage.machine?.pid)
  return {
    port,
    pid: child.pid ?? 0,
    async stop() {
      await stopProgram(child)
      for (const name of SHARED) rmSync(`/dev/shm/${service}-${name}.shm`, { force: true })
    },
  }
}

type Place = { readonly port: number; readonly place: string }

function renderConfiguration(stage: EgressStage, { port, place }: Place): string {
  const names = [...new Set(RULES.map(({ name }) => name))].map((name) => `acl allowed dstdomain .${name}`)
  const { address, tlsPort, rawPort, silentPort } = stage
  const literal = stage.machine === null ? [`acl literal dst ${address}`, 'http_access allow literal'] : []
  return `http_port 127.0.0.1:${port}
pid_filename ${place}/squid.pid
cache_log ${place}/cache.log
coredump_dir ${place}
logformat firewall %ts.%03tu %>a:%>p %{Host}>h %<a:%<p %rv %rm %>Hs %Ss:%Sh %ru "%{User-Agent}>h"
access_log stdio:${place}/access.log firewall
cache deny all
cache_mem 0 MB
icp_port 0
pinger_enable off
via off
forwarded_for delete
visible_hostname bench
dns_nameservers ${stage.machine === null ? '127.0.0.1' : address}
shutdown_lifetime 0 seconds
read_timeout 30 minutes
connect_timeout 30 seconds
client_lifetime 8 hours
half_closed_clients on
${names.join('\n')}
acl ports port 80 ${tlsPort} ${rawPort} ${silentPort}
acl CONNECT method CONNECT
acl address4 dstdom_regex ^[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+$
acl address6 dstdom_regex ^\\[?[0-9a-f:]+\\]?$
http_access deny !ports
http_access deny CONNECT !ports
${literal.join('\n')}
http_access deny address4
http_access deny address6
http_access deny !allowed
http_access allow localhost
http_access deny all
`
}
