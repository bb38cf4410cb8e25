import type { UpstreamAnswer } from '../../../core/credentials/decide-refresh.ts'
import type { ResponseHead } from './response-head.ts'

/** Rules for renewal look into a few headers only; they are rarely asked, so the record is made when they are. */
export function toAnswer(head: ResponseHead): UpstreamAnswer {
  return {
    status: head.status,
    get headers() {
      return toRecord(head.headers)
    },
  }
}

function toRecord(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let index = 0; index + 1 < flat.length; index += 2) {
    record[(flat[index] ?? '').toLowerCase()] = flat[index + 1] ?? ''
  }
  return record
}
