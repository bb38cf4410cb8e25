import { type IncomingMessage, request } from 'node:http'
import { parseFields } from '../core/report/parse-fields.ts'
import { parseReport } from '../core/report/parse-report.ts'
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
/** A report has some kilobytes; whoever sends more is somebody else. */
const LARGEST_ANSWER = 1024 * 1024

/**
 * Asks the sidecar to drain and end. @returns its final figures, or undefined when nobody answered or it was someone else: the
 * port may belong to a stranger by now, so the answer must carry the id of this run and a report that is whole.
 */
export async function askToStop(stop: StopRequest): Promise<TrafficReport | undefined> {
  try {
    const answer = parseFields(await post(stop))
    return answer?.runId === stop.runId ? parseReport(answer.report) : undefined
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
      (response) => void readAnswer(response).then(resolve, reject),
    )
    call.on('error', reject)
    call.end()
  })
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length
    // Leaving the loop destroys the connection.
    if (size > LARGEST_ANSWER) throw new Error('the answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}
