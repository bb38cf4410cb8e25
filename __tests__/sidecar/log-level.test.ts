import { describe, expect, test } from '@jest/globals'
import { findLeaks } from '../support/find-leaks.ts'
import { ask } from '../support/http-client.ts'
import { startSidecar } from '../support/sidecar.ts'
import { CONTROL_TOKEN, keyOf, RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

const SAID = [
  /^\S+ debug worker \d+ starts, after 0 others$/m,
  /^\S+ debug checked: openai: unchecked /m,
  /^\S+ debug openai listens on port \d+$/m,
  /^\S+ debug connection to openai$/m,
  /^\S+ debug drain begins, for \d+ ms at most$/m,
  /^\S+ debug drain is over$/m,
  /^\S+ info stopping: stopped as asked$/m,
  /^\S+ debug ends with exit code 0$/m,
]

/** The sidecar log of a run with one request that cannot be served, and a stop. */
async function run(logLevel: 'error' | 'info' | 'debug'): Promise<string> {
  const upstream = upstreamOf('http://127.0.0.1:9/v1')
  await using sidecar = await startSidecar({ providers: [{ id: 'openai', upstream }], config: { logLevel } })
  const headers = { authorization: `Bearer ${RUN_TOKENS.other}` }
  await ask(`${sidecar.origin('openai')}/v1/models?secret-query`, { headers })
  await ask(`http://127.0.0.1:${sidecar.managementPort}/stop`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CONTROL_TOKEN}` },
  })
  await sidecar.exited
  const secrets = { key: keyOf('openai'), token: RUN_TOKENS.other, control: CONTROL_TOKEN, query: 'secret-query' }
  const listed = Object.entries(secrets).map(([name, value]) => ({ name, value }))
  expect(findLeaks(listed, { directories: [sidecar.directory] })).toEqual([])
  return sidecar.readLog()
}

describe('sidecar: log-level', () => {
  test.each([
    ['error', []],
    ['info', SAID.filter((line) => line.source.includes('info'))],
    ['debug', SAID],
  ] as const)('%s', async (logLevel, expected) => {
    const log = await run(logLevel)
    expect(SAID.filter((line) => line.test(log))).toEqual(expected)
  })
})
