import { openConnection, renderBody, renderRequest } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { createLatencies } from './latencies.ts'
import { createAnswerReader } from './response-reader.ts'

const BODY_BYTES = 2048

/** Keep-alive connections that each send the next small POST when the answer to the last one is complete. */
export async function runSmall(job: LoadJob & { kind: 'small' }): Promise<LoadResult> {
  const latencies = createLatencies()
  const request = renderRequest(job.target, 'small', renderBody(BODY_BYTES, false))
  const start = performance.now()
  const until = start + job.seconds * 1000
  let count = 0
  const drive = async (): Promise<void> => {
    const done = Promise.withResolvers<void>()
    let sentAt = 0
    const reader = createAnswerReader({
      onEnd: (status) => {
        const now = performance.now()
        if (status !== 200) throw new Error(`The contender answered ${status} to a small POST`)
        latencies.add((now - sentAt) * 1000)
        count += 1
        if (now < until) send()
        else done.resolve()
      },
    })
    const socket = await openConnection(job.target, reader.push)
    socket.on('close', () => done.reject(new Error('The contender closed a keep-alive connection')))
    const send = (): void => {
      sentAt = performance.now()
      socket.write(request)
    }
    send()
    await done.promise
  }
  await Promise.all(Array.from({ length: job.connections }, drive))
  return { count, seconds: (performance.now() - start) / 1000, ...latencies.quantiles() }
}
