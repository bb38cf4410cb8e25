import { Agent, type Dispatcher, request } from 'undici'

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

// No connection is used twice: an idle one may die with a worker just as it is picked, which says nothing about the sidecar.
const dispatcher = new Agent({ pipelining: 0 })

/** One plain HTTP request to the sidecar, read to its end. Rejects when the answer is cut. */
export async function callSidecar({ base, path, token, body }: SidecarCall): Promise<SidecarAnswer> {
  const start = performance.now()
  const headers = {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  }
  const options = body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body) }
  const answer = await request(base + path, { ...options, headers, dispatcher })
  const text = await answer.body.text()
  return { status: answer.statusCode, headers: answer.headers, text, ms: performance.now() - start }
}
