import type { Hostname } from '../../core/hostname.ts'
import { deriveNameHash } from '../../core/name-hash.ts'

/**
 * Gives each name an address of its own out of 198.18.0.0/15, so that the address which a client dials tells the name that it
 * looked up. The place follows from the name: a relay that starts again gives the same name the same address, unless another
 * name was faster there. A name that a connection is using keeps its address; of the others the longest unasked goes first.
 */
export interface NamePool {
  /** The address of a name; undefined when every one is in use by a connection. */
  addressFor(name: Hostname): string | undefined
  /** The name behind a made-up address that was given out. */
  nameOf(address: string): Hostname | undefined
  /** Keeps the address's name while a connection lasts; the returned function ends that. */
  hold(address: string): () => void
}

interface Entry {
  readonly name: Hostname
  readonly place: number
  holders: number
}

const PLACES = 2 ** 17
const FIRST = 198 * 2 ** 24 + 18 * 2 ** 16
/** A quarter of the range: a free place is near every name's own one, and a flood of lookups costs a bounded amount of memory. */
const MOST_NAMES = 2 ** 15

/** True for an address out of 198.18.0.0/15 (RFC 2544), which no host on the internet has. */
export function isMadeUp(address: string): boolean {
  return /^198\.1[89]\.\d{1,3}\.\d{1,3}$/.test(address)
}

/** An empty pool. @param most names it remembers at once; those looked up longest ago give way. */
export function createNamePool(most = MOST_NAMES): NamePool {
  // In the order of their last lookup.
  const byName = new Map<Hostname, Entry>()
  const byPlace = new Map<number, Entry>()
  const find = (address: string): Entry | undefined => byPlace.get(parsePlace(address))
  const makeRoom = (): boolean => {
    if (byName.size < most) return true
    for (const entry of byName.values()) {
      if (entry.holders > 0) continue
      byName.delete(entry.name)
      byPlace.delete(entry.place)
      return true
    }
    return false
  }
  return {
    addressFor(name) {
      const known = byName.get(name)
      if (known === undefined && !makeRoom()) return undefined
      const entry = known ?? { name, place: findPlace(name, byPlace), holders: 0 }
      byName.delete(name)
      byName.set(name, entry)
      byPlace.set(entry.place, entry)
      return renderPlace(entry.place)
    },
    nameOf: (address) => find(address)?.name,
    hold(address) {
      const entry = find(address)
      if (entry === undefined) return () => undefined
      entry.holders += 1
      let isHeld = true
      return () => {
        if (isHeld) entry.holders -= 1
        isHeld = false
      }
    },
  }
}

// The first and last addresses of the range look like a network and a broadcast to some programs.
function findPlace(name: Hostname, taken: ReadonlyMap<number, unknown>): number {
  const usable = PLACES - 2
  const start = deriveNameHash(name) % usable
  for (let step = 0; step < usable; step += 1) {
    const place = 1 + ((start + step) % usable)
    if (!taken.has(place)) return place
  }
  throw new Error('There are more names than addresses')
}

function renderPlace(place: number): string {
  const value = FIRST + place
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.')
}

function parsePlace(address: string): number {
  if (!isMadeUp(address)) return -1
  return address.split('.').reduce((value, part) => value * 256 + Number(part), 0) - FIRST
}
