import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TrafficReport } from '../core/report.ts'

export interface StopRequest {
  readonly host: string
  readonly port: number
  readonly runId: string
  readonly controlToken: string
  /** Milliseconds that running requests get to end. */
  readonly drainMs: number
}

const ANSWER_MS = 5000

/**
 * Asks the sidecar to drain and end. @returns its final figures, or undefined when nobody answered or it was someone else: the
 * port may belong to a stranger by now, so the answer must carry the id of this run.
 */
export async function askToStop(stop: StopRequest): Promise<TrafficReport | undefined> {
  try {
    const answer = JSON.parse(await post(stop)) as { runId?: string; report?: TrafficReport }
    return answer.runId === stop.runId ? answer.report : undefined
  } catch {
    return undefined
  }
}

async function post({ host, port, controlToken, drainMs }: StopRequest): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host,
        port,
        method: 'POST',
        path: `/stop?drain-ms=${drainMs}`,
        headers: { authorization: `Bearer ${controlToken}` },
        agent: false,
        signal: AbortSignal.timeout(drainMs + ANSWER_MS),
      },
      (response) => text(response).then(resolve, reject),
    )
    call.on('error', reject)
    call.end()
  })
}
