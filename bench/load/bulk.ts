import type { Socket } from 'node:net'
import { openConnection, renderBody, renderRequest } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { createAnswerReader } from './response-reader.ts'

const PIECE_BYTES = 64 * 1024

/** Large bodies, up or down, on keep-alive connections, `times` in a row on each. */
export async function runBulk(job: LoadJob & { kind: 'upload' | 'download' }): Promise<LoadResult> {
  const request =
    job.kind === 'upload'
      ? renderRequest(job.target, 'upload', renderBody(job.bytes, false))
      : renderRequest(job.target, `download?bytes=${job.bytes}`, renderBody(256, false))
  const start = performance.now()
  const drive = async (): Promise<void> => {
    let answered = Promise.withResolvers<void>()
    const onEnd = (status: number): void => {
      if (status === 200) answered.resolve()
      else answered.reject(new Error(`The contender answered ${status} to a large body`))
    }
    const reader = createAnswerReader({ onEnd })
    const socket = await openConnection(job.target, reader.push)
    for (let turn = 0; turn < job.times; turn++) {
      answered = Promise.withResolvers<void>()
      await sendInPieces(socket, request)
      await answered.promise
    }
  }
  await Promise.all(Array.from({ length: job.connections }, drive))
  const seconds = (performance.now() - start) / 1000
  return { count: job.bytes * job.connections * job.times, seconds }
}

async function sendInPieces(socket: Socket, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    if (socket.write(bytes.subarray(at, at + PIECE_BYTES))) continue
    const drained = Promise.withResolvers<void>()
    socket.once('drain', drained.resolve)
    await drained.promise
  }
}
