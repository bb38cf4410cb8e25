import { REDACTED } from '../../core/secret.ts'
import { deriveByteSpellings, deriveTextSpellings } from '../../core/secret-spellings.ts'

/** A shorter text is no secret worth the damage of overwriting what merely looks like it. */
const SHORTEST_SECRET = 8
const MASK = '*'.charCodeAt(0)
/** Longest window of the search: its table holds distances in one byte each. */
const LONGEST_WINDOW = 256
const TABLE_SIZE = 4096

/** What {@link EchoNeedles.matchAt} says where a spelling begins that the bytes do not hold to its end. */
const OPEN = -1

/**
 * Everything to look for in the answers of one upstream: the texts that it was lent, in every spelling. Prepared once for each
 * credential, because every answer is searched. The search is Wu and Manber's: two bytes tell how far no spelling can end, so
 * most bytes are never looked at, however many spellings there are.
 */
export class EchoNeedles {
  readonly #texts: readonly string[]
  readonly #byFirst: readonly (readonly Buffer[] | undefined)[]
  readonly #window: number
  readonly #skips = new Uint8Array(TABLE_SIZE)

  /** @returns undefined where there is nothing to look for. */
  static create(secrets: readonly string[]): EchoNeedles | undefined {
    const long = secrets.filter((secret) => secret.length >= SHORTEST_SECRET)
    return long.length === 0 ? undefined : new EchoNeedles(long)
  }

  private constructor(secrets: readonly string[]) {
    const all = secrets.flatMap((secret) => [...deriveTextSpellings(secret), ...deriveByteSpellings(secret)])
    // The longest first: one may be the beginning of another.
    this.#texts = [...new Set(all)].sort((left, right) => right.length - left.length)
    const needles = this.#texts.map((text) => Buffer.from(text))
    this.#window = Math.min(LONGEST_WINDOW, ...needles.map(({ length }) => length))
    this.#byFirst = groupByFirst(needles)
    this.#skips.fill(this.#window - 1)
    for (const needle of needles) this.#noteSkips(needle)
  }

  #noteSkips(needle: Buffer): void {
    for (let index = 1; index < this.#window; index += 1) {
      const place = toPlace(needle[index - 1] ?? 0, needle[index] ?? 0)
      this.#skips[place] = Math.min(this.#skips[place] ?? 0, this.#window - 1 - index)
    }
  }

  /**
   * Overwrites every spelling in the bytes, in place and length.
   * @returns where the end of the bytes begins to look like a beginning; their length when it does not. Nothing behind that
   * place has been searched.
   */
  overwrite(bytes: Buffer): number {
    const window = this.#window
    const { length } = bytes
    let last = window - 1
    while (last < length) {
      const skip = this.#skips[toPlace(bytes[last - 1] ?? 0, bytes[last] ?? 0)] ?? 0
      if (skip > 0) {
        last += skip
        continue
      }
      const start = last - window + 1
      const found = this.#matchAt(bytes, start)
      if (found === OPEN) return start
      if (found > 0) bytes.fill(MASK, start, start + found)
      last += found > 0 ? found : 1
    }
    for (let start = last - window + 1; start < length; start += 1) {
      if (this.#matchAt(bytes, start) === OPEN) return start
    }
    return length
  }

  /** Length of the spelling that begins there, 0 for none. */
  #matchAt(bytes: Buffer, start: number): number {
    const candidates = this.#byFirst[bytes[start] ?? 0]
    if (candidates === undefined) return 0
    const available = bytes.length - start
    let isOpen = false
    for (const needle of candidates) {
      const common = Math.min(needle.length, available)
      // Two bytes are compared here, because the call below costs more than a whole skip.
      if (common > 1 && bytes[start + 1] !== needle[1]) continue
      if (bytes.compare(needle, 0, common, start, start + common) !== 0) continue
      if (common === needle.length) return common
      isOpen = true
    }
    return isOpen ? OPEN : 0
  }

  /** The text without any spelling in it. */
  clean(text: string): string {
    // Most headers are shorter than any key.
    if (text.length < this.#window) return text
    let cleaned = text
    for (const each of this.#texts) if (cleaned.includes(each)) cleaned = cleaned.replaceAll(each, REDACTED)
    return cleaned
  }

  /** A flat header list without any spelling in its values; a header whose name has one is left out. */
  cleanHeaders(flat: readonly string[]): string[] {
    const cleaned: string[] = []
    for (let index = 0; index + 1 < flat.length; index += 2) {
      const name = flat[index] ?? ''
      if (this.clean(name) === name) cleaned.push(name, this.clean(flat[index + 1] ?? ''))
    }
    return cleaned
  }
}

function toPlace(left: number, right: number): number {
  return ((left << 4) ^ right) & (TABLE_SIZE - 1)
}

function groupByFirst(needles: readonly Buffer[]): (readonly Buffer[] | undefined)[] {
  const groups: (Buffer[] | undefined)[] = Array.from({ length: 256 }, () => undefined)
  for (const needle of needles) {
    const first = needle[0] ?? 0
    groups[first] = [...(groups[first] ?? []), needle]
  }
  return groups
}
