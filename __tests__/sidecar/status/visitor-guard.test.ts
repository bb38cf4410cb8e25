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
  ])('runner 1001: a connection of %p gets %p', (uid, fault) => {
    expect(createVisitorGuard({ runnerUid: 1001, findUid: () => uid })(ours)).toBe(fault)
  })

  test('where the platform does not tell whose a connection is, everybody on this machine may look', () => {
    const guard = createVisitorGuard({ runnerUid: null, findUid: () => undefined })
    expect(guard(ours)).toBeUndefined()
    expect(guard(request({ host: '127.0.0.1:4322' }))).toBe('foreign-host')
    expect(guard(request({}))).toBe('foreign-host')
  })
})
