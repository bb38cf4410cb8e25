import { WEBSOCKET_REPLY, WEBSOCKET_REQUEST } from '../wire-facts.ts'
import { openConnection, type Target } from './connect.ts'
import type { LoadJob, LoadResult } from './jobs.ts'
import { createLatencies } from './latencies.ts'

/** WebSocket connections that each send the next message when the echo of the last one is complete. */
export async function runWebSocket(job: LoadJob & { kind: 'websocket' }): Promise<LoadResult> {
  const latencies = createLatencies()
  const start = performance.now()
  const until = start + job.seconds * 1000
  let count = 0
  const drive = async (): Promise<void> => {
    const done = Promise.withResolvers<void>()
    let isOpen = false
    let head = ''
    let waiting = 0
    let sentAt = 0
    const send = (): void => {
      sentAt = performance.now()
      waiting = WEBSOCKET_REPLY.length
      socket.write(WEBSOCKET_REQUEST)
    }
    const onSwitch = (bytes: Buffer): void => {
      head += bytes.toString('latin1')
      isOpen = isSwitched(head)
      if (isOpen) send()
    }
    const onEcho = (bytes: Buffer): void => {
      waiting -= bytes.length
      if (waiting > 0) return
      const now = performance.now()
      latencies.add((now - sentAt) * 1000)
      count += 1
      if (now < until) send()
      else done.resolve()
    }
    const onBytes = (bytes: Buffer): void => (isOpen ? onEcho(bytes) : onSwitch(bytes))
    const socket = await openConnection(job.target, onBytes)
    socket.on('close', () => done.reject(new Error('The contender closed a WebSocket')))
    socket.write(renderUpgrade(job.target))
    await done.promise
  }
  await Promise.all(Array.from({ length: job.connections }, drive))
  return { count, seconds: (performance.now() - start) / 1000, ...latencies.quantiles() }
}

/** True once the whole answer head has come; nothing follows it, because the upstream speaks only when spoken to. */
function isSwitched(head: string): boolean {
  if (!'HTTP/1.1 101'.startsWith(head.slice(0, 12))) throw new Error(`The upgrade was refused: ${head.slice(0, 40)}`)
  return head.endsWith('\r\n\r\n')
}

function renderUpgrade(target: Target): string {
  const fields = [
    'GET /v1/websocket HTTP/1.1',
    `host: 127.0.0.1:${target.port}`,
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    `authorization: ${target.authorization}`,
  ]
  return `${fields.join('\r\n')}\r\n\r\n`
}
