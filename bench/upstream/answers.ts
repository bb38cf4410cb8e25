import { createHash } from 'node:crypto'

/**
 * What the fake provider says, computed once. Heads carry as many fields as a real API answer does, because copying them is
 * part of a proxy's work.
 */
const FIELDS = [
  'date: Mon, 05 Jan 2026 10:00:00 GMT',
  'server: bench',
  'x-request-id: req_011CQq8f3n5Xv7bYt2mZ4kLp',
  'openai-organization: org-bench',
  'openai-processing-ms: 412',
  'openai-version: 2020-10-01',
  'x-ratelimit-limit-requests: 10000',
  'x-ratelimit-limit-tokens: 2000000',
  'x-ratelimit-remaining-requests: 9999',
  'x-ratelimit-remaining-tokens: 1999120',
  'x-ratelimit-reset-requests: 6ms',
  'x-ratelimit-reset-tokens: 26ms',
  'strict-transport-security: max-age=31536000; includeSubDomains; preload',
  'x-content-type-options: nosniff',
  'cf-cache-status: DYNAMIC',
  'cf-ray: 9b2f1c0d5e6f7a8b-FRA',
  'alt-svc: h3=":443"; ma=86400',
]

const renderHead = (status: string, fields: readonly string[]): string =>
  `HTTP/1.1 ${status}\r\n${[...FIELDS, ...fields].join('\r\n')}\r\n\r\n`

const JSON_TYPE = 'content-type: application/json'

function renderCompletion(bytes: number): string {
  const usage = {
    prompt_tokens: 512,
    completion_tokens: 128,
    total_tokens: 640,
    prompt_tokens_details: { cached_tokens: 256 },
  }
  const answer = { id: 'chatcmpl-bench', object: 'chat.completion', model: 'gpt-bench', usage, content: '' }
  return JSON.stringify({ ...answer, content: 'x'.repeat(bytes - JSON.stringify(answer).length) })
}

const COMPLETION = renderCompletion(2048)

export const SMALL_ANSWER = Buffer.from(
  renderHead('200 OK', [JSON_TYPE, `content-length: ${COMPLETION.length}`]) + COMPLETION,
)
export const UPLOADED = Buffer.from(`${renderHead('200 OK', [JSON_TYPE, 'content-length: 2'])}{}`)
export const UNAUTHORIZED = Buffer.from(`${renderHead('401 Unauthorized', [JSON_TYPE, 'content-length: 2'])}{}`)
export const STREAM_HEAD = Buffer.from(
  renderHead('200 OK', ['content-type: text/event-stream; charset=utf-8', 'transfer-encoding: chunked']),
)
export const STREAM_END = Buffer.from('0\r\n\r\n')

export const renderDownloadHead = (bytes: number): string =>
  renderHead('200 OK', ['content-type: application/octet-stream', `content-length: ${bytes}`])

/** One server-sent event as one HTTP chunk, as APIs send token deltas. `stamp` is 16 digits: microseconds of the monotonic clock. */
export function renderEvent(stamp: string): string {
  const event = `data: {"t":${stamp},"object":"chat.completion.chunk","model":"gpt-bench","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}\n\n`
  return `${event.length.toString(16)}\r\n${event}\r\n`
}

/** The monotonic clock of the machine as {@link renderEvent} writes it; equal in all processes. */
export const readStamp = (): string => String(process.hrtime.bigint() / 1000n).padStart(16, '1')

/** The answer to a WebSocket upgrade; clients check the digest. */
export function renderSwitch(requestHead: string): string {
  const key = /\r\nsec-websocket-key: *([^\r\n]+)/i.exec(requestHead)?.[1] ?? ''
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
  const fields = ['upgrade: websocket', 'connection: Upgrade', `sec-websocket-accept: ${accept}`]
  return `HTTP/1.1 101 Switching Protocols\r\n${fields.join('\r\n')}\r\n\r\n`
}
