import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from '@jest/globals'
import { createVisitorGuard } from '../../../src/sidecar/worker/status/visitor-guard.ts'

const request = (headers: IncomingMessage['headers']): IncomingMessage =>
  ({ headers, socket: { localPort: 4321 } }) as unknown as IncomingMessage
const ours = request({ host: '[::1]:4321' })

describe('createVisitorGuard()', () => {
  test.each([
    [1001, undefined],
    [0, undefined],
    [1002, 'foreign-user'],
    [undefined, 'foreign-user'],
  ])('runner 1001: a connection of %p gets %p', async (uid, fault) => {
    expect(await createVisitorGuard({ runnerUid: 1001, findUid: async () => uid })(ours)).toBe(fault)
  })

  test('where the platform does not tell whose a connection is, everybody on this machine may look', async () => {
    const guard = createVisitorGuard({ runnerUid: null, findUid: async () => undefined })
    expect(await guard(ours)).toBeUndefined()
    expect(await guard(request({ host: '127.0.0.1:4322' }))).toBe('foreign-host')
    expect(await guard(request({}))).toBe('foreign-host')
  })
})
