import { Readable } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { readGuardReplies } from '../../../src/action/firewall/guard-replies.ts'

const READY = {
  kind: 'ready',
  guardPid: 1,
  sidecarPid: 2,
  proxyPort: 3,
  logPath: '/l',
  sidecarLogDirectory: '/d',
  limits: [],
}
const SIDECAR = { kind: 'ready', runId: 'r', pid: 2, ports: {}, managementPort: 4 }

const read = (...replies: readonly object[]): ReturnType<typeof readGuardReplies> =>
  readGuardReplies(Readable.from([`${replies.map((reply) => JSON.stringify(reply)).join('\n')}\n`]))

describe('readGuardReplies()', () => {
  it('is ready when sidecar and guard are', async () => {
    const found = await read(
      { kind: 'sidecar', reply: { kind: 'validated', checks: [] } },
      { kind: 'sidecar', reply: SIDECAR },
      READY,
    )
    expect(found).toEqual({ kind: 'ready', guard: READY, sidecar: SIDECAR, checks: [] })
  })

  it.each<[string, readonly object[], string]>([
    [
      'the sidecar failed',
      [
        { kind: 'sidecar', reply: { kind: 'failed', reason: 'no key' } },
        { kind: 'failed', reason: 'x' },
      ],
      'no key',
    ],
    ['the guard failed', [{ kind: 'failed', reason: 'nft is not installed' }], 'nft is not installed'],
    ['the guard is ready without a sidecar', [READY], 'The sidecar said nothing.'],
    [
      'nothing more comes',
      [{ kind: 'sidecar', reply: SIDECAR }],
      'The root half of the firewall ended without a word.',
    ],
  ])('has failed when %s', async (_what, replies, reason) => {
    expect(await read(...replies)).toMatchObject({ kind: 'failed', reason })
  })
})
