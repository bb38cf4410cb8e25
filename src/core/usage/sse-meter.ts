import { type ByteStore, createByteStore } from './byte-store.ts'
import { createEventTally, type EventTally } from './event-tally.ts'
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

interface SseState {
  readonly tally: EventTally
  /** The line that the last chunk left unfinished. */
  readonly held: ByteStore
  isSkippingLine: boolean
  modelAttempts: number
  bytesSeen: number
  readonly usageLines: WantedLines
  readonly modelLines: WantedLines
}

/**
 * Creates the meter of one text/event-stream answer. Chunks are searched as they are; only lines with a usage object (and the
 * first with a model) are decoded and parsed. An event is one `data:` line, as all dialects send it. A body whose lines end in
 * bare CR only is read at its end, up to the length of one line.
 */
export function createSseMeter(): UsageMeter {
  const tally = createEventTally()
  const held = createByteStore(MAX_LINE)
  const state: SseState = {
    tally,
    held,
    isSkippingLine: false,
    modelAttempts: MODEL_ATTEMPTS,
    bytesSeen: 0,
    usageLines: { pattern: USAGE_MEMBER, read: tally.readEvent },
    modelLines: {
      pattern: MODEL_MEMBER,
      read(json) {
        state.modelAttempts -= 1
        if (state.modelAttempts >= 0) tally.readModel(json)
      },
    },
  }
  let isEnded = false
  return {
    push(bytes) {
      if (isEnded || bytes.length === 0) return
      state.bytesSeen += bytes.length
      readChunk(state, bytes)
    },
    end() {
      if (isEnded) return
      isEnded = true
      readHeldLine(state)
    },
    get usage() {
      return tally.usage
    },
    get model() {
      return tally.model
    },
    get responses() {
      return tally.responses
    },
  }
}

function readChunk(state: SseState, bytes: Uint8Array): void {
  let start = 0
  if (state.isSkippingLine || state.held.length > 0) {
    const lineEnd = bytes.indexOf(LF)
    holdPart(state, bytes.subarray(0, lineEnd === -1 ? bytes.length : lineEnd))
    if (lineEnd === -1) return
    readHeldLine(state)
    start = lineEnd + 1
  }
  readLines(state, bytes, start)
  if (bytes[bytes.length - 1] === LF) return
  holdPart(state, bytes.subarray(Math.max(start, bytes.lastIndexOf(LF) + 1)))
}

/** Reads the interesting ones among the finished lines from `start` on. */
function readLines(state: SseState, bytes: Uint8Array, start: number): void {
  if (wantsModel(state)) eachLine(bytes, start, state.modelLines)
  eachLine(bytes, start, state.usageLines)
}

function wantsModel(state: SseState): boolean {
  return state.tally.model === undefined && state.modelAttempts > 0 && state.bytesSeen <= MODEL_REACH
}

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

function holdPart(state: SseState, part: Uint8Array): void {
  if (state.isSkippingLine || state.held.append(part)) return
  state.isSkippingLine = true
  state.held.clear()
}

/** Reads what was held back, now that its line is complete. */
function readHeldLine(state: SseState): void {
  const line = state.held.view()
  if (wantsModel(state) && findMember(line, 0, MODEL_MEMBER) !== -1) readLine(line, state.modelLines)
  if (findMember(line, 0, USAGE_MEMBER) !== -1) readLine(line, state.usageLines)
  state.held.clear()
  state.isSkippingLine = false
}
