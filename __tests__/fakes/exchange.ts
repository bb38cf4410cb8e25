/**
 * Room: fakes. What a fake service sees and what it answers, as plain data: services are pure functions from request to
 * answer, and only fake-provider.ts touches sockets. Used by tests, demo, bench and the end-to-end run; imports nothing of src.
 */
export interface FakeRequest {
  readonly method: string
  /** Request target as it stood on the wire. */
  readonly target: string
  /** Decoded path without query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Host header, lower case, without port. */
  readonly host: string
  /** Name and value pairs exactly as they arrived. */
  readonly rawHeaders: readonly string[]
  /** First value of a header, name in lower case; undefined when absent. */
  readonly header: (name: string) => string | undefined
  readonly body: Buffer
  readonly upgrade: boolean
}

export interface ServerEvent {
  readonly event?: string
  readonly data: unknown
}

export type FakeAnswer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers?: HeaderMap }
  | { readonly kind: 'text'; readonly status: number; readonly body: string; readonly headers?: HeaderMap }
  | { readonly kind: 'events'; readonly events: readonly ServerEvent[]; readonly headers?: HeaderMap }
  /** Chunks that are no text, each in a write of its own (AWS event streams). */
  | { readonly kind: 'bytes'; readonly status: number; readonly chunks: readonly Buffer[]; readonly headers: HeaderMap }
  /** Nothing, ever: the connection stays open without a byte. */
  | { readonly kind: 'silence' }
  /** 101, then for every text frame of the client these text frames back. */
  | { readonly kind: 'websocket'; readonly reply: (text: string) => readonly string[]; readonly headers?: HeaderMap }

export type HeaderMap = Readonly<Record<string, string>>

/** One virtual host. Pure but for state it owns itself (issued tokens, scripted answers). */
export interface FakeService {
  readonly answer: (request: FakeRequest) => FakeAnswer
}

export function json(status: number, body: unknown, headers: HeaderMap = {}): FakeAnswer {
  return { kind: 'json', status, body, headers }
}

/** The JSON object in a request body; an empty object when the body is empty. Throws on anything else. */
export function parseBody(request: FakeRequest): JsonObject {
  return request.body.length === 0 ? {} : parseObject(request.body.toString('utf8'))
}

export type JsonObject = Readonly<Record<string, unknown>>

export function parseObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new TypeError(`The fake expected a JSON object, got ${typeof value}`)
  return value
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of an array-valued field; empty when the field is absent. */
export function objectsOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
