import { randomBytes } from 'node:crypto'
import { deriveAddresses, HOSTILE_ZONE } from '../addresses.ts'
import type { Case } from '../cases/case.ts'

/** What one run of one case knows that nobody else does. */
export interface CaseContext {
  readonly marker: string
  readonly v4: string
  readonly v6: string
  readonly port: number
  readonly environment: Readonly<Record<string, string>>
}

const used = new Set<string>()
const FIRST_PORT = 20_000

/** A marker whose addresses are nobody else's in this world, too. */
export function createContext(shared: Readonly<Record<string, string>>): CaseContext {
  for (;;) {
    const marker = `m${randomBytes(6).toString('hex')}`
    const { v4, v6 } = deriveAddresses(marker)
    if (used.has(v4)) continue
    used.add(v4)
    const port = FIRST_PORT + used.size
    const environment = {
      MARKER: marker,
      HEX: marker.slice(1),
      GROUP: `${marker.slice(1, 5)}:${marker.slice(5, 9)}:${marker.slice(9)}`,
      V4: v4,
      NUMBER: String(Buffer.from(v4.split('.').map(Number)).readUInt32BE()),
      V6: v6,
      NAME: `${marker}.${HOSTILE_ZONE}`,
      PORT: String(port),
      ...shared,
    }
    return { marker, v4, v6, port, environment }
  }
}

export const titleOf = (one: Case): string => `${one.row}: ${one.name}`
