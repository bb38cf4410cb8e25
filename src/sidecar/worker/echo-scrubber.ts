import { REDACTED } from '../../core/secret.ts'

/** Bytes of secrets as they pass by in an answer are overwritten, in place and length, so that no framing changes. */
export interface EchoScrubber {
  /** The bytes to send now. The end of a chunk that could be the beginning of a secret is kept for the next one. */
  push(chunk: Buffer): Buffer
  /** What was kept. */
  end(): Buffer
  /** True while something is kept. */
  readonly isHolding: boolean
}

const NOTHING = Buffer.alloc(0)
const MASK = '*'.charCodeAt(0)

/**
 * @param secrets texts that an upstream might echo; without any, bytes pass untouched.
 * @param deliver gets what was kept when nothing follows it soon: a last word that merely looks like a beginning must not wait.
 */
export function createEchoScrubber(secrets: readonly string[], deliver: (bytes: Buffer) => void): EchoScrubber {
  return new Scrubber(deriveNeedles(secrets), deliver)
}

const needlesOf = new WeakMap<readonly string[], readonly Buffer[]>()

// The list of a credential's texts is the same object as long as the credential is: one set of needles for all its requests.
function deriveNeedles(secrets: readonly string[]): readonly Buffer[] {
  let needles = needlesOf.get(secrets)
  if (needles === undefined) {
    needles = secrets.filter((secret) => secret.length >= SHORTEST).map((secret) => Buffer.from(secret))
    needlesOf.set(secrets, needles)
  }
  return needles
}

/** Long enough for the second half of a split write, short enough not to be seen. */
const KEEP_MS = 20

/** Removes the secrets from the values of a flat header list, in place: what an upstream echoes in a head. */
export function scrubHeaders(flat: string[], secrets: readonly string[]): string[] {
  for (const secret of secrets) {
    for (let index = 1; index < flat.length; index += 2) {
      if (flat[index]?.includes(secret) === true) flat[index] = (flat[index] ?? '').replaceAll(secret, REDACTED)
    }
  }
  return flat
}

/** A shorter text is no secret worth the damage of overwriting what merely looks like it. */
const SHORTEST = 8

class Scrubber implements EchoScrubber {
  readonly #needles: readonly Buffer[]
  readonly #deliver: (bytes: Buffer) => void
  #kept: Buffer = NOTHING
  #timer: NodeJS.Timeout | undefined

  constructor(needles: readonly Buffer[], deliver: (bytes: Buffer) => void) {
    this.#needles = needles
    this.#deliver = deliver
  }

  push(chunk: Buffer): Buffer {
    const bytes = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk])
    for (const needle of this.#needles) overwrite(bytes, needle)
    let end = bytes.length
    for (const needle of this.#needles) end = Math.min(end, findOpenEnd(bytes, needle))
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    if (end === bytes.length) {
      this.#kept = NOTHING
      return bytes
    }
    this.#kept = Buffer.from(bytes.subarray(end))
    this.#timer = setTimeout(() => this.#deliver(this.end()), KEEP_MS)
    return bytes.subarray(0, end)
  }

  get isHolding(): boolean {
    return this.#kept.length > 0
  }

  end(): Buffer {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    const bytes = this.#kept
    this.#kept = NOTHING
    return bytes
  }
}

function overwrite(bytes: Buffer, needle: Buffer): void {
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) {
    bytes.fill(MASK, at, at + needle.length)
  }
}

/** Where the longest end of the bytes begins that is a beginning of the needle; the length of the bytes when none is. */
function findOpenEnd(bytes: Buffer, needle: Buffer): number {
  const first = needle[0] ?? 0
  let at = bytes.indexOf(first, Math.max(0, bytes.length - needle.length + 1))
  while (at !== -1) {
    const length = bytes.length - at
    if (bytes.compare(needle, 0, length, at) === 0) return at
    at = bytes.indexOf(first, at + 1)
  }
  return bytes.length
}
