import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { World } from '../../harness/world.ts'
import { VENDOR_NETWORKS, VENDOR_PORT } from './vendor-addresses.ts'
import type { SeenByVendors, VendorOrder } from './vendor-process.ts'

/** The model hosts of a world. */
export interface Vendors {
  /** PEM of the authority that certifies them. */
  readonly ca: string
  readonly seen: () => Promise<SeenByVendors>
  readonly close: () => Promise<void>
}

/** Starts the model hosts in the network namespace of the outside. */
export async function startVendors(world: World, order: VendorOrder): Promise<Vendors> {
  const enter = ['-t', String(world.outside.pid), '-n']
  const rules = [
    'table inet vendors',
    'delete table inet vendors',
    'table inet vendors { chain in { type nat hook prerouting priority -100;',
    ...VENDOR_NETWORKS.v4.map((network) => `ip daddr ${network} tcp dport 443 redirect to :${VENDOR_PORT};`),
    ...VENDOR_NETWORKS.v6.map((network) => `ip6 daddr ${network} tcp dport 443 redirect to :${VENDOR_PORT};`),
    '}',
    '}',
  ]
  execFileSync('nsenter', [...enter, 'nft', '-f', '-'], { input: rules.join('\n') })
  const program = path.join(import.meta.dirname, 'vendor-process.ts')
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', program]
  const child = spawn('nsenter', [...enter, ...node], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (line: string): Promise<unknown> => {
    child.stdin.write(`${line}\n`)
    return JSON.parse((await lines.next()).value as string)
  }
  const { ca } = (await ask(JSON.stringify(order))) as { readonly ca: string }
  return {
    ca,
    seen: async () => (await ask('seen')) as SeenByVendors,
    close: async () => {
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}
