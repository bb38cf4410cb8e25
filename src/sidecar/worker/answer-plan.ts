import { deriveClientHeaders } from '../../core/upstream-headers.ts'
import { type Coding, parseCodings } from './content-codings.ts'
import type { EchoNeedles } from './echo-needles.ts'
import type { ResponseHead } from './upstream/response-head.ts'

/**
 * What becomes of an answer's body: passed as it is, unpacked so that it can be searched, or refused because it cannot be. A body
 * that is not there is passed, whatever its head says.
 */
export type AnswerPlan =
  | { readonly kind: 'pass' }
  | { readonly kind: 'decode'; readonly codings: readonly Coding[] }
  | { readonly kind: 'refuse' }

const PASS: AnswerPlan = { kind: 'pass' }
const REFUSE: AnswerPlan = { kind: 'refuse' }
const PARTIAL_CONTENT = 206

/** Headers that describe the packed bytes and are wrong about the unpacked ones. */
const OF_PACKED_BYTES: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-length',
  'content-md5',
  'content-digest',
  'digest',
  'repr-digest',
  'accept-ranges',
])

/** @param needles what is looked for; without any, every body passes as it is. */
export function planAnswer(
  head: Pick<ResponseHead, 'status' | 'framing' | 'contentEncoding'>,
  needles: EchoNeedles | undefined,
): AnswerPlan {
  if (needles === undefined || head.contentEncoding === '' || head.framing.kind === 'none') return PASS
  const codings = parseCodings(head.contentEncoding)
  if (codings === undefined) return REFUSE
  if (codings.length === 0) return PASS
  // A range of packed bytes begins anywhere: it cannot be unpacked.
  return head.status === PARTIAL_CONTENT ? REFUSE : { kind: 'decode', codings }
}

/** The head that the client gets: what concerns the connection is gone, and so is every echo of the credential. */
export function renderClientHead(
  head: Pick<ResponseHead, 'reason' | 'headers'>,
  plan: AnswerPlan,
  needles: EchoNeedles | undefined,
): { readonly reason: string; readonly headers: string[] } {
  const passed = deriveClientHeaders(head.headers)
  const headers = plan.kind === 'decode' ? describeUnpacked(passed) : passed
  if (needles === undefined) return { reason: head.reason, headers }
  return { reason: needles.clean(head.reason), headers: needles.cleanHeaders(headers) }
}

function describeUnpacked(flat: readonly string[]): string[] {
  const headers: string[] = []
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const name = flat[index] ?? ''
    const value = flat[index + 1] ?? ''
    if (OF_PACKED_BYTES.has(name)) continue
    // A strong tag promises the same bytes; these mean the same.
    headers.push(name, name === 'etag' && value.startsWith('"') ? `W/${value}` : value)
  }
  return headers
}
