import { readStamp } from '../upstream/answers.ts'
import { openConnection, renderBody, renderRequest } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { createLatencies, type Latencies } from './latencies.ts'
import { createAnswerReader } from './response-reader.ts'

const BODY_BYTES = 2048
const MARK = Buffer.from('{"t":')
const STAMP_DIGITS = 16

/** Event streams at a steady pace; the delay of an event is the time since the upstream wrote it. */
export async function runPaced(job: LoadJob & { kind: 'paced' }): Promise<LoadResult> {
  const latencies = createLatencies()
  const path = `paced?events=${job.events}&interval=${job.intervalMs}`
  const start = performance.now()
  let count = 0
  await runStreams(job, path, () => createEventReader(latencies, () => count++))
  return { count, seconds: (performance.now() - start) / 1000, ...latencies.quantiles() }
}

/** Event streams as fast as they go; counted are the payload bytes that the upstream was asked for. */
export async function runFlat(job: LoadJob & { kind: 'flat' }): Promise<LoadResult> {
  const start = performance.now()
  await runStreams(job, `flat?bytes=${job.bytes}`, () => () => undefined)
  return { count: job.bytes * job.streams, seconds: (performance.now() - start) / 1000 }
}

type StreamJob = LoadJob & { kind: 'paced' | 'flat' }

async function runStreams(job: StreamJob, path: string, createSink: () => (bytes: Buffer) => void): Promise<void> {
  const request = renderRequest(job.target, path, renderBody(BODY_BYTES, true))
  const drive = async (): Promise<void> => {
    const done = Promise.withResolvers<void>()
    const onEnd = (status: number): void => {
      if (status === 200) done.resolve()
      else done.reject(new Error(`The contender answered ${status} to a stream`))
    }
    const reader = createAnswerReader({ onBytes: createSink(), onEnd })
    const socket = await openConnection(job.target, reader.push)
    socket.on('close', () => done.reject(new Error('The contender cut a stream')))
    socket.write(request)
    await done.promise
  }
  await Promise.all(Array.from({ length: job.streams }, drive))
}

function createEventReader(latencies: Latencies, onEvent: () => void): (bytes: Buffer) => void {
  let tail = Buffer.alloc(0)
  return (bytes) => {
    const now = Number(readStamp())
    const all = tail.length === 0 ? bytes : Buffer.concat([tail, bytes])
    let at = all.indexOf(MARK)
    let rest = Math.max(0, all.length - MARK.length)
    while (at >= 0 && at + MARK.length + STAMP_DIGITS <= all.length) {
      latencies.add(now - Number(all.toString('latin1', at + MARK.length, at + MARK.length + STAMP_DIGITS)))
      onEvent()
      rest = at + MARK.length + STAMP_DIGITS
      at = all.indexOf(MARK, rest)
    }
    tail = Buffer.from(all.subarray(at >= 0 ? at : Math.max(rest, all.length - MARK.length)))
  }
}
