import { createSeededRandom } from '../../__tests__/support/seeded-random.ts'

/** Choices that are the same for the same seed. */
export interface Dice {
  /** A whole number from 0 to one less than the limit; 0 for a limit of 0. */
  below(limit: number): number
  /** True once in so many times. */
  chance(outOf: number): boolean
  pick<T>(list: readonly T[]): T
  bytes(length: number): Buffer
}

export function createDice(seed: number): Dice {
  const random = createSeededRandom(seed)
  const below = (limit: number): number => (limit <= 1 ? 0 : random(limit))
  return {
    below,
    chance: (outOf) => below(outOf) === 0,
    pick: (list) => {
      if (list.length === 0) throw new RangeError('There is nothing to choose from')
      return list[below(list.length)] as (typeof list)[number]
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  }
}

/** One seed out of two numbers, so that each iteration of a run has its own. */
export function mixSeeds(left: number, right: number): number {
  let mixed = Math.imul(left ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(right + 0x7f4a7c15, 0xc2b2ae35)
  mixed ^= mixed >>> 16
  mixed = Math.imul(mixed, 0x27d4eb2f)
  return (mixed ^ (mixed >>> 15)) >>> 0
}

/** The bytes in pieces, cut where the dice say: whole, byte by byte, or anywhere. Every piece is a copy. */
export function cutBytes(bytes: Buffer, dice: Dice): Buffer[] {
  if (bytes.length === 0) return []
  const style = dice.below(4)
  const pieces: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = style === 0 ? bytes.length : style === 1 ? 1 : 1 + dice.below(style === 2 ? 8 : bytes.length)
    pieces.push(Buffer.from(bytes.subarray(at, at + size)))
    at += size
  }
  return pieces
}
