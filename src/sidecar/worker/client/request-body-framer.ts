import { ChunkedBody } from '../upstream/chunked-body.ts'
import { ProtocolError } from '../upstream/response-head.ts'
import { MalformedRequestError, type RequestBodyFraming } from './request-head.ts'

/** Part of a body, and how many of the bytes given belonged to it with its framing. */
export interface FramedPart {
  readonly payload: Buffer | undefined
  readonly used: number
}

/** Takes the framing off one request's body. */
export interface BodyFramer {
  readonly isOver: boolean
  /** @param bytes may be overwritten. @throws MalformedRequestError */
  push(bytes: Buffer): FramedPart
}

/** What takes the framing of a head's body off; undefined for a request without one. */
export function createBodyFramer(framing: RequestBodyFraming): BodyFramer | undefined {
  switch (framing.kind) {
    case 'none':
      return undefined
    case 'length':
      return new CountedBody(framing.bytes)
    case 'chunked':
      return new StrictChunks()
  }
}

class CountedBody implements BodyFramer {
  #left: number

  constructor(bytes: number) {
    this.#left = bytes
  }

  get isOver(): boolean {
    return this.#left === 0
  }

  push(bytes: Buffer): FramedPart {
    const used = Math.min(bytes.length, this.#left)
    this.#left -= used
    return { payload: used === bytes.length ? bytes : bytes.subarray(0, used), used }
  }
}

/** Extensions and trailers carry nothing that is passed on; more of them than this is no client we know. */
const MAX_LINE = 1024

class StrictChunks implements BodyFramer {
  readonly #chunks = new ChunkedBody({ maxLine: MAX_LINE })

  get isOver(): boolean {
    return this.#chunks.isOver
  }

  push(bytes: Buffer): FramedPart {
    try {
      return this.#chunks.push(bytes)
    } catch (error) {
      throw error instanceof ProtocolError ? new MalformedRequestError(error.message) : error
    }
  }
}
