import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from '@jest/globals'
import type { Page } from '../../../src/core/status/page.ts'
import { StatusFeed } from '../../../src/sidecar/worker/status/status-feed.ts'
import { open } from '../../support/http-client.ts'
import { waitUntil } from '../../support/wait-until.ts'

const pageOf = (sentence: string): Page => ({ title: '', sentence, figures: [], tables: [], foot: '' })

test('a reader that does not read is dropped, and the others go on', async () => {
  let sentence = ''
  const feed = new StatusFeed({ read: () => pageOf(sentence), refresh: async () => undefined })
  await using server = createServer((_, response) => void feed.add(response, {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const idle = connect(port, '127.0.0.1').pause()
  idle.on('error', () => undefined)
  idle.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const good = await open(`http://127.0.0.1:${port}/`)
  let received = ''
  good.on('data', (chunk: Buffer) => {
    received = (received + chunk.toString()).slice(-100)
  })
  const count = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, connections) => resolve(connections)))
  await waitUntil('both are there', async () => (await count()) === 2)
  for (let round = 1; (await count()) === 2; round += 1) {
    // More than the kernel holds for one connection. Only once the good one has it does the next one come: a slow machine is no idler.
    sentence = `${'x'.repeat(8 * 1024 * 1024)}<${round}>`
    feed.changed()
    await waitUntil(`round ${round} has arrived`, () => received.includes(`<${round}>`))
  }
  sentence = 'the news'
  feed.changed()
  await waitUntil('the other has the news', () => received.includes('the news'))
  expect(good.destroyed).toBe(false)
  good.destroy()
  idle.destroy()
})

test('nothing is rendered and nothing asked for while nobody looks, also after somebody did', async () => {
  let [renders, refreshes] = [0, 0]
  const feed = new StatusFeed({
    read: () => {
      renders += 1
      return pageOf(String(renders))
    },
    refresh: async () => {
      refreshes += 1
    },
  })
  await using server = createServer((_, response) => void feed.add(response, {}))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const visitor = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await waitUntil('it is looked for news', () => refreshes > 0)
  visitor.destroy()
  await waitUntil('the visitor is gone', async () => {
    const connections = await new Promise<number>((resolve) => server.getConnections((_, found) => resolve(found)))
    return connections === 0
  })
  const before = [renders, refreshes]
  for (let index = 0; index < 100; index += 1) feed.changed()
  await new Promise((resolve) => setImmediate(resolve))
  expect([renders, refreshes]).toEqual(before)
})
