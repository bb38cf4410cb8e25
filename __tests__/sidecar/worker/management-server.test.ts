import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { createReport } from '../../../src/core/report/create-report.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { createManagementServer } from '../../../src/sidecar/worker/management-server.ts'

describe('createManagementServer(): regression: POST /stop', () => {
  test('ends the worker also when its client left during the drain', async () => {
    const drain = Promise.withResolvers<TrafficReport>()
    const [asked, stopped, closed] = [
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
      Promise.withResolvers<void>(),
    ]
    const management = createManagementServer({
      runId: 'run',
      controlToken: 'token',
      nodeVersion: '24.0.0',
      report: createReport,
      checks: () => [],
      ports: () => undefined,
      stop: () => {
        asked.resolve()
        return drain.promise
      },
      onStopped: () => stopped.resolve(),
      status: { answer: () => false },
    })
    const server = createServer((socket) => {
      socket.on('close', () => closed.resolve())
      management.emit('connection', socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const headers = { authorization: 'Bearer token' }
    const client = request({ host: '127.0.0.1', port, path: '/stop', method: 'POST', headers })
    client.on('error', () => undefined)
    client.end()
    await asked.promise
    client.destroy()
    await closed.promise
    drain.resolve(createReport())
    await stopped.promise
    server.close()
    expect(server.listening).toBe(false)
  })
})
