import { type ByteStore, createByteStore } from './byte-store.ts'

/** Why a reader gave up: the bytes are not RFC 6455 frames of this direction. */
export type FrameFault = 'opcode' | 'reserved-bits' | 'masking' | 'control-frame' | 'length' | 'fragmentation'

export interface FrameReaderOptions {
  /** True for client → server: those frames are masked, the others are not (RFC 6455 §5.1). */
  readonly masked: boolean
  /** Messages are cut to this many bytes; the rest is stepped over. */
  readonly maxPayload: number
  /** A whole text message, UTF-8. The array is valid during the call only. */
  readonly onText: (payload: Uint8Array, isTruncated: boolean) => void
  /**
   * A whole message whose first frame has RSV1: still compressed (RFC 7692; append 00 00 ff ff before inflating). Binary ones
   * come too, since all messages of a direction may share one window; after a truncated one that window is lost.
   */
  readonly onCompressed?: (payload: Uint8Array, info: CompressedInfo) => void
}

export interface CompressedInfo {
  readonly isText: boolean
  readonly isTruncated: boolean
}

/** Reads the frames of one direction of a WebSocket as they pass. Never throws on what it reads. */
export interface FrameReader {
  push(bytes: Uint8Array): void
  /** Set once the bytes made no sense; nothing is read from then on. */
  readonly broken: FrameFault | undefined
  /** True once a Close message has passed: nothing that counts follows it. */
  readonly isClosed: boolean
}

const CONTINUATION = 0x0
const TEXT = 0x1
const BINARY = 0x2
/** The first of the control opcodes; ping and pong follow. */
const CLOSE = 0x8
const PONG = 0xa
const RSV1 = 0x40
const RSV2_AND_3 = 0x30
const LONGEST_HEAD = 14
const MAX_CONTROL_PAYLOAD = 125

interface Frame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly hasRsv1: boolean
  readonly mask: Uint8Array | undefined
  readonly length: number
}

interface Message {
  readonly isText: boolean
  readonly isCompressed: boolean
  isTruncated: boolean
}

interface ReaderState {
  readonly options: FrameReaderOptions
  /** Payload of the message so far, unmasked. */
  readonly kept: ByteStore
  readonly head: Uint8Array
  headLength: number
  frame: Frame | undefined
  /** Payload bytes of `frame` that have not come yet. */
  left: number
  message: Message | undefined
  fault: FrameFault | undefined
  isClosed: boolean
}

/** Creates a reader that starts at the first byte after the upgrade. */
export function createFrameReader(options: FrameReaderOptions): FrameReader {
  const state: ReaderState = {
    options,
    kept: createByteStore(options.maxPayload),
    head: new Uint8Array(LONGEST_HEAD),
    headLength: 0,
    frame: undefined,
    left: 0,
    message: undefined,
    fault: undefined,
    isClosed: false,
  }
  return {
    push(bytes) {
      let at = 0
      while (at < bytes.length && state.fault === undefined && !state.isClosed) {
        at = state.frame === undefined ? readHead(state, bytes, at) : readPayload(state, state.frame, { bytes, at })
      }
    },
    get broken() {
      return state.fault
    },
    get isClosed() {
      return state.isClosed
    },
  }
}

/** Collects the head of the next frame. Returns how far it read. */
function readHead(state: ReaderState, bytes: Uint8Array, from: number): number {
  const { head } = state
  let at = from
  while (state.headLength < deriveHeadSize(head, state.headLength)) {
    if (at === bytes.length) return at
    head[state.headLength++] = bytes[at++] ?? 0
  }
  const frame = parseFrame(head, state.options.masked)
  if (typeof frame === 'string') state.fault = frame
  else startFrame(state, frame)
  return at
}

function deriveHeadSize(head: Uint8Array, known: number): number {
  if (known < 2) return 2
  const second = head[1] ?? 0
  const code = second & 0x7f
  const extra = code === 126 ? 2 : code === 127 ? 8 : 0
  return 2 + extra + (second >= 0x80 ? 4 : 0)
}

function parseFrame(head: Uint8Array, isMaskedWay: boolean): Frame | FrameFault {
  const first = head[0] ?? 0
  const second = head[1] ?? 0
  const opcode = first & 0x0f
  if ((first & RSV2_AND_3) !== 0) return 'reserved-bits'
  if ((opcode > BINARY && opcode < CLOSE) || opcode > PONG) return 'opcode'
  const isMasked = second >= 0x80
  if (isMasked !== isMaskedWay) return 'masking'
  const size = deriveHeadSize(head, 2)
  const length = readLength(head)
  if (!Number.isSafeInteger(length)) return 'length'
  const mask = isMasked ? head.slice(size - 4, size) : undefined
  return { opcode, isFinal: first >= 0x80, hasRsv1: (first & RSV1) !== 0, mask, length }
}

function readLength(head: Uint8Array): number {
  const code = (head[1] ?? 0) & 0x7f
  if (code < 126) return code
  let length = 0
  for (const byte of head.subarray(2, code === 126 ? 4 : 10)) length = length * 256 + byte
  return length
}

function startFrame(state: ReaderState, frame: Frame): void {
  state.fault = frame.opcode >= CLOSE ? findControlFault(frame) : startDataFrame(state, frame)
  if (state.fault !== undefined) return
  state.headLength = 0
  state.frame = frame
  state.left = frame.length
  if (frame.length === 0) finishFrame(state, frame)
}

function findControlFault(frame: Frame): FrameFault | undefined {
  return frame.isFinal && !frame.hasRsv1 && frame.length <= MAX_CONTROL_PAYLOAD ? undefined : 'control-frame'
}

function startDataFrame(state: ReaderState, frame: Frame): FrameFault | undefined {
  if (frame.opcode === CONTINUATION) {
    if (state.message === undefined) return 'fragmentation'
    return frame.hasRsv1 ? 'reserved-bits' : undefined
  }
  if (state.message !== undefined) return 'fragmentation'
  state.message = { isText: frame.opcode === TEXT, isCompressed: frame.hasRsv1, isTruncated: false }
  return undefined
}

interface Place {
  readonly bytes: Uint8Array
  readonly at: number
}

/** Takes what there is of the payload. Returns how far it read. */
function readPayload(state: ReaderState, frame: Frame, { bytes, at }: Place): number {
  const end = at + Math.min(state.left, bytes.length - at)
  const message = frame.opcode < CLOSE ? state.message : undefined
  if (message !== undefined && isWanted(state.options, message)) {
    if (isWholeMessage(state, frame, end - at)) {
      // Nearly every frame: no copy.
      finishMessage(state, message, bytes.subarray(at, end))
    } else keepPart(state, frame, bytes.subarray(at, end))
  }
  state.left -= end - at
  if (state.left === 0) finishFrame(state, frame)
  return end
}

function isWanted(options: FrameReaderOptions, message: Message): boolean {
  return message.isCompressed ? options.onCompressed !== undefined : message.isText
}

function isWholeMessage(state: ReaderState, frame: Frame, available: number): boolean {
  const isWhole = frame.isFinal && frame.opcode !== CONTINUATION && available === frame.length
  return isWhole && frame.mask === undefined && frame.length <= state.options.maxPayload
}

function keepPart(state: ReaderState, frame: Frame, part: Uint8Array): void {
  const { kept, options, message } = state
  const before = kept.length
  const size = Math.min(part.length, options.maxPayload - before)
  if (size < part.length && message !== undefined) message.isTruncated = true
  kept.append(part.subarray(0, size))
  if (frame.mask !== undefined) unmask(kept.view().subarray(before), frame.mask, frame.length - state.left)
}

function unmask(payload: Uint8Array, mask: Uint8Array, offset: number): void {
  for (let index = 0; index < payload.length; index += 1) {
    payload[index] = (payload[index] ?? 0) ^ (mask[(offset + index) & 3] ?? 0)
  }
}

function finishFrame(state: ReaderState, frame: Frame): void {
  state.frame = undefined
  if (frame.opcode === CLOSE) state.isClosed = true
  if (frame.opcode >= CLOSE || !frame.isFinal) return
  if (state.message !== undefined) finishMessage(state, state.message, state.kept.view())
}

function finishMessage(state: ReaderState, message: Message, payload: Uint8Array): void {
  const { options } = state
  const { isText, isCompressed, isTruncated } = message
  state.message = undefined
  if (isCompressed) options.onCompressed?.(payload, { isText, isTruncated })
  else if (isText) options.onText(payload, isTruncated)
  state.kept.clear()
}
