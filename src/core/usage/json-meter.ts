import type { TokenUsage } from '../events.ts'
import { createHeadAndTail, type HeadAndTail } from './head-and-tail.ts'
import { findTopLevelString, measureDepth, skipValue } from './json-scan.ts'
import { findMember, type MemberPattern, MODEL_MEMBER, USAGE_MEMBER } from './member-search.ts'
import { parseModelName } from './model-name.ts'
import { parseJsonBytes } from './parse-json-bytes.ts'
import { parseUsage } from './parse-usage.ts'
import type { UsageMeter } from './usage-meter.ts'

/** Kept of the beginning (model) and of the end (usage) of a body; a shorter one is kept whole. */
const HEAD = 16 * 1024
const TAIL = 64 * 1024
/** Members of the right name that are looked at, from the last one back. */
const CANDIDATES = 8

const NOTHING = new Uint8Array(0)
const BACKSLASH = 0x5c
const COLON = 0x3a

/**
 * Creates the meter of one JSON answer that is not a stream of events (also Google's streams without `alt=sse`, which are one
 * JSON array). All known APIs write `usage` behind the content, so head and tail of a body of any size are enough, and the
 * content itself is never parsed.
 */
export function createJsonMeter(options: { readonly wantsModel: boolean } = { wantsModel: true }): UsageMeter {
  return new JsonMeter(options.wantsModel)
}

class JsonMeter implements UsageMeter {
  readonly #wantsModel: boolean
  #first: Uint8Array | undefined
  #kept: HeadAndTail | undefined
  #usage: TokenUsage | undefined
  #model: string | undefined
  #isEnded = false

  constructor(wantsModel: boolean) {
    this.#wantsModel = wantsModel
  }

  // Most answers come in one piece, which is read where it lies; only a second piece makes copies necessary.
  push(bytes: Uint8Array): void {
    if (this.#isEnded) return
    if (this.#first === undefined) {
      this.#first = bytes
      return
    }
    if (this.#kept === undefined) {
      this.#kept = createHeadAndTail(HEAD, TAIL)
      this.#kept.push(this.#first)
    }
    this.#kept.push(bytes)
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    const whole = this.#first ?? NOTHING
    const tail = this.#kept?.tail() ?? whole
    this.#usage = findUsage(tail)
    if (this.#wantsModel) this.#model = findModelIn(this.#kept?.head() ?? whole.subarray(0, HEAD), tail)
    this.#kept?.clear()
    this.#first = NOTHING
  }

  get usage(): TokenUsage | undefined {
    return this.#usage
  }

  get model(): string | undefined {
    return this.#model
  }
}

function findUsage(tail: Uint8Array): TokenUsage | undefined {
  for (const text of outerMembers(tail, USAGE_MEMBER)) {
    const usage = parseUsage(parseJsonBytes(text))
    if (usage !== undefined) return usage
  }
  return undefined
}

function findModelIn(head: Uint8Array, tail: Uint8Array): string | undefined {
  const atTop = findTopLevelString(head, 'model') ?? findTopLevelString(head, 'modelVersion')
  if (atTop !== undefined) return parseModelName(atTop)
  for (const text of outerMembers(tail, MODEL_MEMBER)) return parseModelName(parseJsonBytes(text))
  return undefined
}

/**
 * Values of the members of this name that stand in the outermost object or one below it, the last first. The depth is
 * counted from the end, as the beginning may be gone: a `usage` inside a tool's arguments is deeper.
 */
function* outerMembers(tail: Uint8Array, pattern: MemberPattern): Generator<Uint8Array> {
  const hits: number[] = []
  for (let hit = findMember(tail, 0, pattern); hit !== -1; hit = findMember(tail, hit + 1, pattern)) hits.push(hit)
  for (const hit of hits.slice(-CANDIDATES).reverse()) {
    if (tail[hit - 1] === BACKSLASH) continue
    const value = tail.indexOf(pattern.opener, tail.indexOf(COLON, hit))
    const end = skipValue(tail, value)
    const depth = end === -1 ? undefined : measureDepth(tail, end)
    if (depth === -1 || depth === -2) yield tail.subarray(value, end)
  }
}
