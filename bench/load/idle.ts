import { once } from 'node:events'
import { openConnection, renderBody, renderRequest } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'

const AT_ONCE = 50

/**
 * Opens streams that have had one event and then stay silent. Prints `open` when all are, and holds them until its stdin
 * ends, so that the memory of the contender can be read meanwhile.
 */
export async function runIdle(job: LoadJob & { kind: 'idle' }): Promise<LoadResult> {
  const request = renderRequest(job.target, 'paced?events=0&interval=0', renderBody(256, true))
  const start = performance.now()
  const openOne = async (): Promise<void> => {
    const first = Promise.withResolvers<void>()
    let text = ''
    const socket = await openConnection(job.target, (bytes) => {
      text += bytes.toString('latin1')
      if (text.includes('data:')) first.resolve()
      else if (!'HTTP/1.1 200'.startsWith(text.slice(0, 12))) first.reject(new Error(`No stream: ${text.slice(0, 40)}`))
    })
    socket.on('close', () => first.reject(new Error('The contender cut an idle stream')))
    socket.write(request)
    await first.promise
  }
  for (let open = 0; open < job.streams; open += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, job.streams - open) }, openOne))
  }
  console.log('open')
  process.stdin.resume()
  await once(process.stdin, 'end')
  return { count: job.streams, seconds: (performance.now() - start) / 1000 }
}
