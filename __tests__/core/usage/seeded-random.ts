/** A repeatable stream of numbers in [0, 1), so that a failing run can be run again (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Random bytes, biased towards those that mean something to the parser under test. */
export function createNoise(random: () => number, length: number, alphabet: string): Uint8Array {
  const meaningful = new TextEncoder().encode(alphabet)
  return Uint8Array.from({ length }, () => {
    const pick = Math.floor(random() * 256)
    return random() < 0.8 ? (meaningful[pick % meaningful.length] ?? pick) : pick
  })
}
