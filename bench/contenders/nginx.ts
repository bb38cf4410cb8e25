import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CONTENDER_CORE, startProgram, stopProgram } from '../machine/children.ts'
import { findFreePorts } from '../machine/free-ports.ts'
import { listTree } from '../machine/processes.ts'
import { waitForPort } from '../machine/wait-for-port.ts'
import { REAL_CREDENTIAL, UPSTREAM_HOST } from '../wire-facts.ts'
import { ANY_CREDENTIAL, type Contender, type UpstreamPlace } from './contender.ts'

/**
 * nginx as one would configure it for this task: streaming both ways, keep-alive to the upstream, TLS verified. One process
 * without a master, so that ending it leaves nobody behind.
 */
export async function createNginx(upstream: UpstreamPlace, directory: string): Promise<Contender> {
  const [plain, tls] = await findFreePorts(2)
  if (plain === undefined || tls === undefined) throw new Error('There are no free ports for nginx')
  mkdirSync(directory, { recursive: true })
  const file = join(directory, 'nginx.conf')
  writeFileSync(file, renderConfiguration({ plain, tls }, upstream, directory))
  const child = startProgram({ command: 'nginx', args: ['-p', directory, '-c', file], core: CONTENDER_CORE })
  await waitForPort(tls)
  return {
    name: 'nginx',
    plain: { port: plain, tls: false, authorization: ANY_CREDENTIAL },
    tls: { port: tls, tls: false, authorization: ANY_CREDENTIAL },
    pids: () => listTree(child.pid ?? 0),
    stop: () => stopProgram(child),
  }
}

/** Null where nginx is missing; the version otherwise. */
export function findNginx(): string | null {
  try {
    return /nginx\/([\d.]+)/.exec(execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }))?.[1] ?? null
  } catch {
    return null
  }
}

/** Directives that keep what nginx writes inside a directory of ours. */
export function renderTemporaryPaths(directory: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return kinds.map((kind) => `${kind}_temp_path ${directory}/${kind};`).join(' ')
}

type Ports = { readonly plain: number; readonly tls: number }

function renderConfiguration(ports: Ports, upstream: UpstreamPlace, directory: string): string {
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  return `master_process off; daemon off; ${user} pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events { worker_connections 8192; }
http {
  access_log off; client_max_body_size 0; keepalive_requests 1000000000;
  ${renderTemporaryPaths(directory)}
  upstream plain { server 127.0.0.1:${upstream.plain}; keepalive 2048; keepalive_requests 1000000000; }
  upstream tls { server 127.0.0.1:${upstream.tls}; keepalive 2048; keepalive_requests 1000000000; }
  map $http_upgrade $connection_to_send { default upgrade; '' ''; }
  proxy_http_version 1.1; proxy_buffering off; proxy_request_buffering off; proxy_read_timeout 3600s;
  proxy_set_header Authorization "Bearer ${REAL_CREDENTIAL}"; proxy_set_header Host ${UPSTREAM_HOST};
  proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_to_send;
  proxy_ssl_verify on; proxy_ssl_trusted_certificate ${upstream.authorityFile};
  proxy_ssl_name ${UPSTREAM_HOST}; proxy_ssl_server_name on;
  server { listen 127.0.0.1:${ports.plain} backlog=4096; location / { proxy_pass http://plain; } }
  server { listen 127.0.0.1:${ports.tls} backlog=4096; location / { proxy_pass https://tls; } }
}
`
}
