import type { TokenUsage } from '../events.ts'
import { createByteStore } from './byte-store.ts'
import { createEventTally } from './event-tally.ts'
import { findMember, type MemberPattern, MODEL_MEMBER, USAGE_MEMBER } from './member-search.ts'
import type { UsageMeter } from './usage-meter.ts'

/** A longer line is passed over: it cannot be a usage report, and memory stays bounded. */
const MAX_LINE = 4 * 1024 * 1024
/** Events parsed in search of a model name; every dialect names it in the first one. */
const MODEL_ATTEMPTS = 4
/** Bytes searched for a model name. The first event of the Responses API echoes instructions and tools before it. */
const MODEL_REACH = 1024 * 1024

const LF = 0x0a
const CR = 0x0d
const DATA = new TextEncoder().encode('data:')

/** Lines that hold a member of the pattern, and who reads their JSON. */
interface WantedLines {
  readonly pattern: MemberPattern
  readonly read: (json: Uint8Array) => void
}

/**
 * Creates the meter of one text/event-stream answer. Chunks are searched as they are; only lines with a usage object (and the
 * first with a model) are decoded and parsed. An event is one `data:` line, as all dialects send it. A body whose lines end in
 * bare CR only is read at its end, up to the length of one line.
 */
export function createSseMeter(): UsageMeter {
  return new SseMeter()
}

class SseMeter implements UsageMeter {
  readonly #tally = createEventTally()
  /** The line that the last chunk left unfinished. */
  readonly #held = createByteStore(MAX_LINE)
  #isSkippingLine = false
  #modelAttempts = MODEL_ATTEMPTS
  #bytesSeen = 0
  #isEnded = false

  readonly #usageLines: WantedLines = { pattern: USAGE_MEMBER, read: (json) => this.#tally.readEvent(json) }
  readonly #modelLines: WantedLines = { pattern: MODEL_MEMBER, read: (json) => this.#readModel(json) }

  push(bytes: Uint8Array): void {
    if (this.#isEnded || bytes.length === 0) return
    this.#bytesSeen += bytes.length
    const start = this.#isSkippingLine || this.#held.length > 0 ? this.#finishHeldLine(bytes) : 0
    if (start === -1) return
    if (this.#wantsModel()) eachLine(bytes, start, this.#modelLines)
    eachLine(bytes, start, this.#usageLines)
    if (bytes[bytes.length - 1] !== LF) this.#hold(bytes.subarray(Math.max(start, bytes.lastIndexOf(LF) + 1)))
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#readHeldLine()
  }

  get usage(): TokenUsage | undefined {
    return this.#tally.usage
  }

  get model(): string | undefined {
    return this.#tally.model
  }

  #wantsModel(): boolean {
    return this.#tally.model === undefined && this.#modelAttempts > 0 && this.#bytesSeen <= MODEL_REACH
  }

  #readModel(json: Uint8Array): void {
    this.#modelAttempts -= 1
    if (this.#modelAttempts >= 0) this.#tally.readModel(json)
  }

  /** Completes the held line from the beginning of a chunk. Returns where the next line starts, -1 when there is none yet. */
  #finishHeldLine(bytes: Uint8Array): number {
    const lineEnd = bytes.indexOf(LF)
    this.#hold(bytes.subarray(0, lineEnd === -1 ? bytes.length : lineEnd))
    if (lineEnd === -1) return -1
    this.#readHeldLine()
    return lineEnd + 1
  }

  #hold(part: Uint8Array): void {
    if (this.#isSkippingLine || this.#held.append(part)) return
    this.#isSkippingLine = true
    this.#held.clear()
  }

  /** Reads what was held back, now that its line is complete. */
  #readHeldLine(): void {
    const line = this.#held.view()
    if (this.#wantsModel() && findMember(line, 0, MODEL_MEMBER) !== -1) readLine(line, this.#modelLines)
    if (findMember(line, 0, USAGE_MEMBER) !== -1) readLine(line, this.#usageLines)
    this.#held.clear()
    this.#isSkippingLine = false
  }
}

/** Reads the wanted ones among the finished lines from `start` on. */
function eachLine(bytes: Uint8Array, start: number, wanted: WantedLines): void {
  let from = start
  for (;;) {
    const hit = findMember(bytes, from, wanted.pattern)
    const lineEnd = hit === -1 ? -1 : bytes.indexOf(LF, hit)
    if (lineEnd === -1) return
    readLine(bytes.subarray(Math.max(start, bytes.lastIndexOf(LF, hit) + 1), lineEnd), wanted)
    from = lineEnd + 1
  }
}

/** A line without its LF. CR ends a line too, and cannot stand inside the JSON of an event. */
function readLine(line: Uint8Array, wanted: WantedLines): void {
  for (let from = 0; from < line.length; ) {
    const cr = line.indexOf(CR, from)
    const to = cr === -1 ? line.length : cr
    if (startsWithData(line, from)) wanted.read(line.subarray(from + DATA.length, to))
    from = to + 1
  }
}

function startsWithData(line: Uint8Array, from: number): boolean {
  return DATA.every((byte, index) => line[from + index] === byte)
}
