import { describe, expect, test } from '@jest/globals'
import { type ByteStore, createByteStore } from '../../../src/core/usage/byte-store.ts'
import { createRandom } from './seeded-random.ts'

describe('createByteStore', () => {
  test('holds what was appended, up to its limit and not a byte more', () => {
    const store = createByteStore(5)
    expect(store.append(Uint8Array.of(1, 2, 3))).toBe(true)
    expect(store.append(Uint8Array.of(4, 5, 6))).toBe(false)
    expect([...store.view()]).toEqual([1, 2, 3])
    expect(store.append(Uint8Array.of(4, 5))).toBe(true)
    expect([...store.view()]).toEqual([1, 2, 3, 4, 5])
    store.clear()
    expect([store.length, ...store.view()]).toEqual([0])
  })

  test('keeps many stores apart while they grow and empty in any order', () => {
    const random = createRandom(17)
    const stores: { readonly store: ByteStore; expected: number[] }[] = Array.from({ length: 8 }, () => ({
      store: createByteStore(20_000),
      expected: [],
    }))
    for (let round = 0; round < 2000; round += 1) {
      const entry = stores[Math.floor(random() * stores.length)]
      if (entry === undefined) throw new RangeError('no such store')
      if (random() < 0.1) {
        entry.store.clear()
        entry.expected = []
      } else {
        const part = new Uint8Array(Math.floor(random() * 2000)).fill(round & 255)
        if (entry.store.append(part)) entry.expected.push(...part)
        part.fill(0)
      }
      expect(Buffer.compare(entry.store.view(), Buffer.from(entry.expected))).toBe(0)
    }
    for (const { store, expected } of stores) expect([...store.view()]).toEqual(expected)
  })
})
