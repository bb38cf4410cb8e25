import { chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { sharedAuthority } from '../fakes/certificate.ts'
import type { FakeService } from '../fakes/exchange.ts'
import { createFakeProvider, type FakeProvider, type FakeProviderOptions } from '../fakes/fake-provider.ts'
import type { AgentUser } from './agent-user.ts'
import { createJob, type Job } from './job.ts'
import type { NameServer } from './name-server.ts'

export interface Settings {
  /** Directory of this run; holds `repo` and `cache` (mounts) and `jobs`. */
  readonly base: string
  /** Node 24 as it is reachable for the agent's user. */
  readonly node: string
  readonly user: AgentUser
}

/** What a scenario works with. Everything it opens through the world is closed after it. */
export interface World {
  readonly settings: Settings
  readonly names: NameServer
  /** PEM file of the CA that all fake hosts are certified by. */
  readonly caFile: string
  /** A provider on 443 that answers for these host names, which resolve to it from now on. */
  readonly serve: (hosts: Readonly<Record<string, FakeService>>, options?: ServeOptions) => Promise<FakeProvider>
  /** A fresh job: its own home, workspace, temporary files and runner process. */
  readonly openJob: () => Promise<Job>
  /** What the sidecars of this scenario wrote into their own logs, shortened; for a failure report. */
  readonly logs: () => string
  /** Ends everything and removes the scenario's files. */
  readonly close: () => Promise<void>
}

export type ServeOptions = Omit<FakeProviderOptions, 'hosts' | 'tls' | 'address' | 'port'>

export interface Scenario {
  readonly name: string
  readonly run: (world: World) => Promise<void>
}

export const PROVIDER_ADDRESS = '127.0.0.2'
export const RESOLVER_ADDRESS = '127.0.0.3'

export function createWorld(settings: Settings, names: NameServer, name: string): World {
  const directory = path.join(settings.base, 'jobs', name.replace(/[^\w.-]+/g, '_'))
  mkdirSync(directory, { recursive: true })
  const caFile = path.join(directory, 'ca.pem')
  writeFileSync(caFile, sharedAuthority().ca)
  const opened: { readonly close: () => Promise<void> }[] = []
  names.setNames([])
  names.forget()
  return {
    settings,
    names,
    caFile,
    serve: async (hosts, options = {}) => {
      const listen = { tls: true, address: PROVIDER_ADDRESS, port: 443 }
      const provider = await createFakeProvider({ ...options, ...listen, hosts })
      names.setNames(Object.keys(hosts))
      opened.push(provider)
      return provider
    },
    openJob: async () => {
      const job = createJob(settings, createDirectories(settings.user, path.join(directory, `job-${opened.length}`)))
      opened.push(job)
      return job
    },
    logs: () => readLogs(directory),
    close: async () => {
      for (const thing of opened.reverse()) await thing.close()
      // Copilot unpacks 300 MB into every new home.
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const SHOWN = 1500

function readLogs(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(sidecar\.log|access\.jsonl)$/.test(name))
    .map((name) => `--- ${path.basename(name)}\n${readFileSync(path.join(directory, name), 'utf8').slice(-SHOWN)}`)
    .join('\n')
}

export interface JobDirectories {
  readonly home: string
  readonly temp: string
  readonly toolCache: string
  readonly workspace: string
}

function createDirectories(user: AgentUser, root: string): JobDirectories {
  const own = (name: string): string => {
    const directory = path.join(root, name)
    mkdirSync(directory, { recursive: true })
    chownSync(directory, user.uid, user.gid)
    return directory
  }
  return { home: own('home'), temp: own('temp'), toolCache: own('tools'), workspace: own('work') }
}
