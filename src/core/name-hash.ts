/** FNV-1a over the characters' codes, 32 bits: spreads names over a range; no secret depends on it. */
export function deriveNameHash(name: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}
