import type { UpstreamAnswer } from '../../../core/credentials/decide-refresh.ts'
import type { ResponseHead } from './response-head.ts'

/** Rules for renewal look into a few headers only; they are rarely asked, so the record is made when they are. */
export function toAnswer(head: ResponseHead): UpstreamAnswer {
  return new AnswerHead(head)
}

class AnswerHead implements UpstreamAnswer {
  readonly #head: ResponseHead

  constructor(head: ResponseHead) {
    this.#head = head
  }

  get status(): number {
    return this.#head.status
  }

  get headers(): Record<string, string> {
    const { headers: flat } = this.#head
    const record: Record<string, string> = {}
    for (let index = 0; index + 1 < flat.length; index += 2) {
      record[(flat[index] ?? '').toLowerCase()] = flat[index + 1] ?? ''
    }
    return record
  }
}
