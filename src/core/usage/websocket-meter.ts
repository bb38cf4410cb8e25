import type { TokenUsage } from '../events.ts'
import { createEventTally } from './event-tally.ts'
import { findTopLevelString } from './json-scan.ts'
import { findMember, MODEL_MEMBER, USAGE_MEMBER } from './member-search.ts'
import { parseModelName } from './model-name.ts'

/**
 * Reads the Responses protocol over a WebSocket (codex, Copilot): each text frame is one JSON event, the same objects that the
 * SSE transport carries; the client starts each response with `response.create`.
 */
export interface ResponsesSocketMeter {
  /** A text message client → server. Its beginning is enough; it may be cut anywhere. */
  readClientText(payload: Uint8Array): void
  /** A whole text message server → client. */
  readServerText(payload: Uint8Array): void
  /** Number of `response.create` messages so far; codex's warm-up (`generate: false`) is one. */
  readonly requests: number
  /** Number of answers whose tokens are in `usage`. */
  readonly responses: number
  readonly usage: TokenUsage | undefined
  /** The model that the server named, or else the client. */
  readonly model: string | undefined
}

/** Bytes of a client message that are read: `type` and `model` come before the input. */
const CLIENT_HEAD_BYTES = 16 * 1024
const MODEL_ATTEMPTS = 4

/** Creates the meter of one socket. */
export function createResponsesSocketMeter(): ResponsesSocketMeter {
  const tally = createEventTally()
  let requests = 0
  let askedModel: string | undefined
  let modelAttempts = MODEL_ATTEMPTS
  return {
    readClientText(payload) {
      const head = payload.subarray(0, CLIENT_HEAD_BYTES)
      if (findTopLevelString(head, 'type') !== 'response.create') return
      requests += 1
      askedModel ??= parseModelName(findTopLevelString(head, 'model'))
    },
    readServerText(payload) {
      if (tally.model === undefined && modelAttempts > 0 && findMember(payload, 0, MODEL_MEMBER) !== -1) {
        modelAttempts -= 1
        tally.readModel(payload)
      }
      if (findMember(payload, 0, USAGE_MEMBER) !== -1) tally.readEvent(payload)
    },
    get requests() {
      return requests
    },
    get responses() {
      return tally.responses
    },
    get usage() {
      return tally.usage
    },
    get model() {
      return tally.model ?? askedModel
    },
  }
}
