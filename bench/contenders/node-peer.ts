import { join } from 'node:path'
import { CONTENDER_CORE, readFirstLine, startProgram, stopProgram } from '../machine/children.ts'
import { listTree } from '../machine/processes.ts'
import { REAL_CREDENTIAL, UPSTREAM_HOST } from '../wire-facts.ts'
import { ANY_CREDENTIAL, type Contender, type UpstreamPlace } from './contender.ts'

export type PeerName = 'fastify' | 'httpxy' | 'http-proxy-3'

/** What a peer program gets as its only argument. */
export interface PeerTask {
  readonly plain: string
  readonly tls: string
  readonly credential: string
  readonly authorityFile: string
  /** Directory whose node_modules holds the peers. */
  readonly cache: string
}

/** Starts `bench/peers/<name>.mjs`; it prints `{"plain":port,"tls":port}` when it listens. */
export async function createNodePeer(name: PeerName, upstream: UpstreamPlace, cache: string): Promise<Contender> {
  const task: PeerTask = {
    plain: `http://${UPSTREAM_HOST}:${upstream.plain}`,
    tls: `https://${UPSTREAM_HOST}:${upstream.tls}`,
    credential: `Bearer ${REAL_CREDENTIAL}`,
    authorityFile: upstream.authorityFile,
    cache,
  }
  const program = join(import.meta.dirname, '..', 'peers', `${name}.mjs`)
  const child = startProgram({
    command: process.execPath,
    args: [program, JSON.stringify(task)],
    core: CONTENDER_CORE,
    environment: { NODE_ENV: 'production' },
  })
  const ports = JSON.parse(await readFirstLine(child)) as { plain: number; tls: number }
  return {
    name,
    plain: { port: ports.plain, tls: false, authorization: ANY_CREDENTIAL },
    tls: { port: ports.tls, tls: false, authorization: ANY_CREDENTIAL },
    pids: () => listTree(child.pid ?? 0),
    stop: () => stopProgram(child),
  }
}
