import type { RequestEvent } from '../../../src/core/events.ts'

/** A finished request with a few figures; a test names what matters to it. */
export function createEvent(changes: Partial<RequestEvent> = {}): RequestEvent {
  return {
    kind: 'request',
    time: '2026-11-23T01:00:00.000Z',
    id: 'a1',
    provider: 'openai',
    method: 'POST',
    path: '/v1/responses',
    upstream: 'api.openai.com',
    transport: 'sse',
    outcome: 'complete',
    status: 200,
    bytesIn: 10,
    bytesOut: 100,
    firstByteMs: 300,
    ms: 900,
    ...changes,
  }
}
