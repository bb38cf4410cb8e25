import { openConnection, probeTunnel, renderBody, renderConnect, renderRequest } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { createLatencies } from './latencies.ts'
import { createAnswerReader } from './response-reader.ts'

const BODY_BYTES = 256

type Repeated = LoadJob & { kind: 'handshake' | 'tunnel' }

/** New TLS connections, each with a whole handshake and one small request; the time of one is from dialling to its answer. */
export async function runHandshakes(job: Repeated): Promise<LoadResult> {
  const request = renderRequest(job.target, 'small', renderBody(BODY_BYTES, false))
  return repeat(job, async () => {
    const answered = Promise.withResolvers<void>()
    const onEnd = (status: number): void => {
      if (status === 200) answered.resolve()
      else answered.reject(new Error(`The upstream answered ${status}`))
    }
    const socket = await openConnection(job.target, createAnswerReader({ onEnd }).push)
    socket.once('close', () => answered.reject(new Error('The connection was cut')))
    socket.write(request)
    await answered.promise
    socket.destroy()
  })
}

/** Tunnels of a forward proxy; the time of one is from dialling the proxy to its answer. */
export async function runTunnels(job: Repeated): Promise<LoadResult> {
  const request = Buffer.from(renderConnect(job.target))
  return repeat(job, () => probeTunnel(job.target, request))
}

async function repeat(job: Repeated, doOne: () => Promise<void>): Promise<LoadResult> {
  const latencies = createLatencies()
  const start = performance.now()
  const until = start + job.seconds * 1000
  let count = 0
  const drive = async (): Promise<void> => {
    for (let begin = performance.now(); begin < until; begin = performance.now()) {
      await doOne()
      latencies.add((performance.now() - begin) * 1000)
      count += 1
    }
  }
  await Promise.all(Array.from({ length: job.connections }, drive))
  return { count, seconds: (performance.now() - start) / 1000, ...latencies.quantiles() }
}
