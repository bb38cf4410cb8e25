import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createOwnHost } from '../../../src/sidecar/supervisor/credential-child.ts'

const onPosix = process.platform === 'win32' ? describe.skip : describe

onPosix('createOwnHost(): regression: a start that throws', () => {
  it('is told as an end, after the start has returned', async () => {
    const host = createOwnHost({ execPath: join(import.meta.filename, 'node'), source: '', environment: {} })
    const gone = Promise.withResolvers<string>()
    const events = { onMessage: () => undefined, onGone: gone.resolve, mayTrust: () => true }
    const child = host.start({ mayStartPrograms: false, readableFiles: [] }, events)
    child.end()
    expect(await gone.promise).toBe('ENOTDIR')
  })
})
