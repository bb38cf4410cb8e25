import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFakeWorld } from '../demo/fake-world.ts'
import type { FakeFacts } from './start.ts'

/** The background half of start.ts: lives until it is killed, at most as long as a job. */
export interface Seen {
  readonly host: string
  /** Headers that carried a credential. */
  readonly places: readonly string[]
  /** True when it was exactly one, and one of the keys. */
  readonly isKey: boolean
}

const world = await createFakeWorld()
const keys = Object.values(world.keys)
const seen = createServer((_request, response) => {
  const rows: Seen[] = world.provider.requests.map(({ host, credentials }) => ({
    host,
    places: credentials.map(({ place }) => place),
    isKey: credentials.length === 1 && keys.some((key) => credentials[0]?.value.endsWith(key) === true),
  }))
  response.end(JSON.stringify(rows))
})
seen.listen(0, '127.0.0.1')
await once(seen, 'listening')
const facts: FakeFacts = {
  keys: world.keys,
  proxyUrl: world.proxy.url,
  ca: world.ca,
  seenUrl: `http://127.0.0.1:${(seen.address() as AddressInfo).port}/`,
}
process.send?.(facts)
setTimeout(() => process.exit(0), 6 * 3_600_000)
