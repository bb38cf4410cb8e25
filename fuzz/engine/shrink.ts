/** Says whether a smaller input still breaks the same rule. */
export type StillFails = (candidate: Buffer) => Promise<boolean>

const MOST_ATTEMPTS = 3000

/**
 * Takes ranges away, halving their size, then makes bytes plain, as long as the input still fails.
 * @param mostMs large inputs are slow to read: what is found in this time is small enough.
 */
export async function shrinkInput(input: Buffer, stillFails: StillFails, mostMs: number): Promise<Buffer> {
  const start = performance.now()
  let left = MOST_ATTEMPTS
  let best = input
  const attempt = async (candidate: Buffer): Promise<boolean> => {
    if (left <= 0) return false
    left = performance.now() - start > mostMs ? 0 : left - 1
    if (!(await stillFails(Buffer.from(candidate)))) return false
    best = candidate
    return true
  }
  for (let size = Math.ceil(input.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && left > 0; ) {
      const isGone = await attempt(Buffer.concat([best.subarray(0, at), best.subarray(at + size)]))
      if (!isGone) at += size
    }
  }
  for (let at = 0; at < best.length && left > 0; at += 1) await simplify(best, at, attempt)
  return best
}

const PLAIN = [0x61, 0x30, 0x00]

async function simplify(bytes: Buffer, at: number, attempt: StillFails): Promise<void> {
  for (const plain of PLAIN) {
    if (bytes[at] === plain) return
    const candidate = Buffer.from(bytes)
    candidate[at] = plain
    if (await attempt(candidate)) return
  }
}
