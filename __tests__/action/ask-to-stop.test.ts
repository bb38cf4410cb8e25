import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { askToStop } from '../../src/action/ask-to-stop.ts'
import { createReport } from '../../src/core/report/create-report.ts'
import type { TrafficReport } from '../../src/core/report.ts'

const runId = 'run-1'

/** What askToStop() makes of whoever sits on the port. */
async function askStranger(answer: (response: ServerResponse) => void): Promise<TrafficReport | undefined> {
  const server = createServer((request, response) => {
    request.resume()
    answer(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  try {
    return await askToStop({ host: '127.0.0.1', port, runId, controlToken: 'control', drainMs: 0 })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}
const askForText = (text: string): Promise<TrafficReport | undefined> =>
  askStranger((response) => void response.end(text))

describe('askToStop()', () => {
  test('gives the report of this run', async () => {
    const report = { ...createReport(), workerRestarts: 2 }
    expect(await askForText(JSON.stringify({ runId, report }))).toEqual(report)
  })

  test.each([
    ['of another run', JSON.stringify({ runId: 'run-2', report: createReport() })],
    ['without a report', JSON.stringify({ runId })],
    ['with a report that has nothing in it', JSON.stringify({ runId, report: {} })],
    ['that is null', 'null'],
    ['that is no JSON', 'hello'],
  ])('takes an answer %s for none', async (_, text) => {
    expect(await askForText(text)).toBeUndefined()
  })

  test('reads no more than a report can have', async () => {
    const answer = JSON.stringify({ runId, report: createReport() })
    expect(await askForText(answer + ' '.repeat(64 * 1024))).toEqual(createReport())
    expect(await askForText(answer + ' '.repeat(2 * 1024 * 1024))).toBeUndefined()
  })
})
