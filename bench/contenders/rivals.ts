import { join } from 'node:path'
import type { Contender, UpstreamPlace } from './contender.ts'
import { createDirect } from './direct.ts'
import { installNginx } from './install-nginx.ts'
import { createNginx, findNginx } from './nginx.ts'
import { createNodePeer, type PeerName } from './node-peer.ts'
import { installPeers, listPeers } from './peer-cache.ts'

export type RivalName = 'direct' | 'nginx' | PeerName

export interface Places {
  readonly upstream: UpstreamPlace
  readonly directory: string
  readonly cache: string
  readonly say: (text: string) => void
}

export interface Rivals {
  readonly names: readonly RivalName[]
  /** Name and version of each. */
  readonly versions: readonly string[]
}

/** Finds, or installs, everybody ours is measured against. Who cannot be had is left out, with a word. */
export async function listContenders(places: Places): Promise<Rivals> {
  const names: RivalName[] = ['direct']
  const versions: string[] = ['direct']
  if (findNginx() === null) installNginx(places.say)
  const nginx = findNginx()
  if (nginx !== null) {
    names.push('nginx')
    versions.push(`nginx ${nginx}`)
  } else places.say('nginx is missing (Debian: apt-get install nginx-light): ratios to it are not measured')
  try {
    installPeers(places.cache)
    names.push('fastify', 'httpxy', 'http-proxy-3')
    versions.push(...listPeers(places.cache))
  } catch {
    places.say(`The Node peers could not be installed into ${places.cache}: they are left out`)
  }
  return { names, versions }
}

export function createContender(name: RivalName, places: Places): Promise<Contender> {
  switch (name) {
    case 'direct':
      return Promise.resolve(createDirect(places.upstream))
    case 'nginx':
      return createNginx(places.upstream, join(places.directory, 'nginx'))
    case 'fastify':
    case 'httpxy':
    case 'http-proxy-3':
      return createNodePeer(name, places.upstream, places.cache)
  }
}
