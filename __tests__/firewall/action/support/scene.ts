import { copyFileSync } from 'node:fs'
import path from 'node:path'
import type { Conversation } from '../../../fakes/conversation.ts'
import { createWorld, type World } from '../../harness/world.ts'
import { FirewallJob, type FirewallJobOptions } from './firewall-job.ts'
import type { VendorHost } from './vendor-process.ts'
import { startVendors, type Vendors } from './vendors.ts'

export const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'
export const CA = '/mnt/stage/ca.pem'
/** Milliseconds for one test: several whole jobs, on a machine that does other things. */
export const LIMIT_MS = 180_000

/** What a client of the job needs to trust the outside's web servers. */
const TRUST = { CURL_CA_BUNDLE: CA, STAGE: '/mnt/stage' } as const

export interface JobWish extends Partial<FirewallJobOptions> {
  /** The inputs name all credentials themselves. */
  readonly withoutKey?: boolean
}

/** A machine, an outside with a model host, and jobs. */
export interface Scene {
  readonly world: World
  readonly vendors: Vendors
  /** A job with the action as a step; `inputs` are those beside key, authority and `egress-policy: block`. */
  readonly openJob: (options?: JobWish) => Promise<FirewallJob>
  /** Everything of the machine that the firewall changes, as text. */
  readonly snapshot: () => Promise<Readonly<Record<string, string>>>
  readonly root: (line: string) => Promise<string>
  readonly close: () => Promise<void>
}

export interface SceneOptions {
  /** What the model does; a plain answer by default. */
  readonly conversation?: Conversation
  readonly hosts?: Readonly<Record<string, VendorHost>>
  readonly proxy?: string
}

export async function createScene(options: SceneOptions = {}): Promise<Scene> {
  const world = await createWorld()
  const {
    hosts = { 'api.openai.com': { kind: 'openai', keys: [KEY] } },
    proxy = null,
    conversation = { text: 'model-answer' },
  } = options
  const vendors = await startVendors(world, { hosts, conversation, proxy })
  const scan = path.join(import.meta.dirname, '..', '..', '..', 'e2e', 'scan-for-secrets.ts')
  copyFileSync(scan, path.join(world.stage, 'scan-for-secrets.ts'))
  const root = async (line: string): Promise<string> => (await world.machine.root(line)).output
  return {
    world,
    vendors,
    root,
    openJob: ({ inputs, environment, user = 'runner', withoutKey = false } = {}) =>
      FirewallJob.start(world, {
        inputs: {
          ...(withoutKey ? {} : deriveKey(inputs)),
          'ca-bundle': vendors.ca,
          'egress-policy': 'block',
          ...inputs,
        },
        environment: { ...TRUST, ...environment },
        user,
      }),
    snapshot: () => takeSnapshot(root),
    close: async () => {
      await vendors.close()
      await world.close()
    },
  }
}

/** The key, unless the job has another source. */
function deriveKey(inputs: FirewallJobOptions['inputs'] = {}): FirewallJobOptions['inputs'] {
  return Object.keys(inputs).some((name) => name.startsWith('openai-api-key')) ? {} : { 'openai-api-key': KEY }
}

const OURS = 'setup-agent-proxy|dist/(sidecar|relay|guard)|agent-proxy'

async function takeSnapshot(root: Scene['root']): Promise<Readonly<Record<string, string>>> {
  return {
    // What was counted is none of the rules.
    rules: (await root('nft list ruleset')).replace(/^.*elements = .*$/gm, ''),
    mounts: await root('cut -d" " -f4- /proc/self/mountinfo | sort'),
    sockets: await root('stat -c "%n %a %u %g" /run/docker.sock /run/lxd/unix.socket'),
    sudoers: await root('ls -la --time-style=+ /etc/sudoers.d | tail -n +2; cat /etc/sudoers'),
    routes: await root('ip -4 route show table all; ip -6 route show | grep -v fe80'),
    processes: await root(`pgrep -af '${OURS}' | grep -v pgrep | grep -v 'bash -c'`),
  }
}
