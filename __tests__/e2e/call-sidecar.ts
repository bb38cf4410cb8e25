import { type Dispatcher, request } from 'undici'

export interface SidecarAnswer {
  readonly status: number
  readonly headers: Dispatcher.ResponseData['headers']
  readonly text: string
  readonly ms: number
}

export interface SidecarCall {
  /** A base URL as main exported it. */
  readonly base: string
  readonly path: string
  readonly token?: string
  /** POST with this body; without it GET. */
  readonly body?: unknown
}

/** One plain HTTP request to the sidecar, read to its end. Rejects when the answer is cut. */
export async function callSidecar({ base, path, token, body }: SidecarCall): Promise<SidecarAnswer> {
  const start = performance.now()
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const options = body === undefined ? { headers } : { method: 'POST' as const, headers, body: JSON.stringify(body) }
  const answer = await request(base + path, options)
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, ms: performance.now() - start }
}
