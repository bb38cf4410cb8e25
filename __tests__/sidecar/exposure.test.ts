import { describe, expect, test } from '@jest/globals'
import { isExposed } from '../../src/sidecar/supervisor/process-exposure.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { startFailingSidecar } from '../support/sidecar.ts'
import { upstreamOf } from '../support/sidecar-launch.ts'

const onLinux = process.platform === 'linux' ? describe : describe.skip

onLinux('sidecar: a worker that others of its user can read', () => {
  test('gets no secret when the sidecar was started as one that cannot be read, and nothing is served', async () => {
    await using upstream = await createScriptedUpstream({ request: (_request, response) => response.end('{}') })
    // The plain node of the tests can be read: to the supervisor it looks as if the file had been opened up since its start.
    const failed = await startFailingSidecar({
      providers: [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }],
      config: { isShielded: true, validate: 'strict' },
    })
    expect(failed.replies).toEqual([{ kind: 'failed', reason: expect.stringContaining('SIGKILL') }])
    expect(upstream.heads).toEqual([])
  })
})

onLinux('isExposed()', () => {
  test.each([
    ['a process of one’s own', process.pid, true],
    ['a process that is gone', 2 ** 30, false],
    ['a process that never started', undefined, false],
  ])('%s', (_name, pid, expected) => {
    expect(isExposed(pid)).toBe(expected)
  })
})
