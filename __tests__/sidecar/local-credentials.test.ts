import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { CredentialSource } from '../../src/core/credentials/source.ts'
import type { SidecarConfig } from '../../src/core/sidecar-config.ts'
import { Workshop } from '../support/credential-programs.ts'
import { ask } from '../support/http-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { type SidecarOptions, startFailingSidecar, startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Commands and files from end to end: the shipped processes, real programs, an upstream that knows which tokens are good. */
const onLinux = process.platform === 'linux' ? describe : describe.skip
const headers = { authorization: `Bearer ${RUN_TOKENS.other}` }

let shop = new Workshop()

beforeEach(() => {
  shop = new Workshop()
})

afterEach(async () => {
  await shop.waitUntilAlone()
  await shop[Symbol.asyncDispose]()
})

function launch(
  credential: CredentialSource,
  { port }: ScriptedUpstream,
  config?: Partial<SidecarConfig>,
): SidecarOptions {
  return {
    providers: [{ id: 'openai', upstream: upstreamOf(`http://127.0.0.1:${port}/v1`), credential }],
    config: { workDirectory: shop.directory, ...config },
    secrets: { 'command-env.PATH': process.env.PATH ?? '', 'command-env.LISTED': LISTED },
  }
}

const LISTED = 'value-of-a-listed-variable'

const command = (body: string, timeoutMs = 60_000): CredentialSource => ({
  kind: 'command',
  argv: shop.program(body),
  timeoutMs,
  environmentNames: ['LISTED'],
})

/** Prints `minted-<n>-…` with n counted from 1 and its reason, and fails while the file `down` is there. */
const counting = (): CredentialSource =>
  command(`import { appendFileSync, existsSync, readFileSync } from 'node:fs'
    if (existsSync('down')) { console.error('the issuer is down'); process.exit(1) }
    appendFileSync('runs', 'x')
    console.log('minted-' + readFileSync('runs').length + '-' + process.env.AGENT_PROXY_REASON)`)
const countRuns = (): number => (existsSync(shop.path('runs')) ? readFileSync(shop.path('runs')).length : 0)

/** An upstream that takes exactly these tokens. */
function accepting(isGood: (token: string) => boolean): Promise<ScriptedUpstream> {
  return createScriptedUpstream({
    request: ({ headers: { authorization = '' } }, response: ServerResponse) => {
      const status = isGood(authorization.replace('Bearer ', '')) ? 200 : 401
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"data":[]}')
    },
  })
}

const listTokens = ({ heads }: ScriptedUpstream): readonly (string | undefined)[] =>
  heads.map((head) => head.headers.authorization)

onLinux('sidecar: a credential from a command', () => {
  test('is the one credential of the request that reaches the upstream', async () => {
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(counting(), upstream))
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
    expect(new Set(listTokens(upstream))).toEqual(new Set(['Bearer minted-1-initial']))
  })

  test('is minted once for many requests at the same time', async () => {
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(counting(), upstream))
    const asked = Array.from({ length: 50 }, () => ask(`${sidecar.origin('openai')}/v1/models`, { headers }))
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200))
    expect(countRuns()).toBe(1)
  })

  test('is minted anew when the upstream refuses it, and the request is sent again', async () => {
    await using upstream = await accepting((token) => token === 'minted-2-401')
    await using sidecar = await startSidecar(launch(counting(), upstream))
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
    expect(listTokens(upstream)).toEqual(['Bearer minted-1-initial', 'Bearer minted-2-401'])
  })

  test('that cannot be renewed leaves the upstream’s answer; once it can, the next request succeeds', async () => {
    await using upstream = await accepting((token) => token.endsWith('-401'))
    await using sidecar = await startSidecar(launch(counting(), upstream))
    writeFileSync(shop.path('down'), '')
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 401 })
    rmSync(shop.path('down'))
    await waitUntil('a request succeeds', async () => {
      const { status } = await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
      return status === 200
    })
    expect(sidecar.readLog()).not.toContain('minted-')
  })

  test('survives a worker that is killed: the next one has it minted again', async () => {
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(counting(), upstream))
    const workers = sidecar
      .listChildren()
      .filter((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/proc/net/tcp'))
    process.kill(workers[0] ?? 0, 'SIGKILL')
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
    expect(listTokens(upstream).at(-1)).toBe('Bearer minted-2-initial')
  })
})

onLinux('sidecar: a command that yields no credential', () => {
  const SECRET = 'sk-proj-Zq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9w'
  const HANG = 'setInterval(() => {}, 1000)'

  test.each([
    [
      'exits with 1',
      `console.error('no login ${SECRET} ' + process.env.LISTED); process.exitCode = 1`,
      'command-failed',
    ],
    ['exits with 126', 'process.exitCode = 126', 'command-not-executable'],
    ['exits with 127', 'process.exitCode = 127', 'command-not-found'],
    ['is ended by a signal', `process.kill(process.pid, 'SIGKILL'); ${HANG}`, 'command-killed'],
    ['hangs', `console.error('${SECRET}'); ${HANG}`, 'command-timeout'],
    [
      'leaves a child that holds its output',
      `import { spawn } from 'node:child_process'
       if (process.argv[2] === 'child') ${HANG}
       else { spawn(process.execPath, [process.argv[1], 'child'], { stdio: 'inherit' }).unref(); console.log('${SECRET}') }`,
      'command-timeout',
    ],
    [
      'floods its output',
      `const more = () => process.stdout.write('x'.repeat(65536), more); more()`,
      'command-output-too-large',
    ],
    ['prints two lines', `console.log('${SECRET}'); console.log('${SECRET}')`, 'output-lines'],
    ['prints NUL', `process.stdout.write('${SECRET}\\0')`, 'output-damaged'],
    ['prints what is not UTF-8', `process.stdout.write(Buffer.from('ff00ff', 'hex'))`, 'command-output-not-utf8'],
    ['prints nothing', '', 'output-empty'],
  ])('that %s stops the start with one clear error, and nothing of it is told', async (_name, body, cause) => {
    await using upstream = await accepting(() => true)
    const failed = await startFailingSidecar(launch(command(body, 1000), upstream, { validate: 'strict' }))
    expect(failed.checks).toMatchObject([
      { provider: 'openai', verdict: 'rejected', cause: expect.stringContaining(cause) },
    ])
    expect(failed.checks[0]?.message).toContain('openai-api-key-command')
    expect(upstream.heads).toEqual([])
    const told = failed.log + JSON.stringify(failed.replies)
    expect(told).not.toContain(SECRET)
    expect(told).not.toContain(LISTED)
  })
})

onLinux('sidecar: a credential from a file', () => {
  const file = (): CredentialSource => ({ kind: 'file', path: shop.path('token') })

  test('is read again once it was replaced', async () => {
    writeFileSync(shop.path('token'), 'token-older\n')
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(file(), upstream))
    await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
    writeFileSync(shop.path('token.new'), 'token-newer\n')
    renameSync(shop.path('token.new'), shop.path('token'))
    await waitUntil('the newer token is used', async () => {
      await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
      return listTokens(upstream).at(-1) === 'Bearer token-newer'
    })
    expect(listTokens(upstream)[0]).toBe('Bearer token-older')
  })

  test('is read again at once when the upstream refuses the old one', async () => {
    writeFileSync(shop.path('token'), 'token-older')
    await using upstream = await accepting((token) => token === 'token-newer')
    await using sidecar = await startSidecar(launch(file(), upstream))
    writeFileSync(shop.path('token'), 'token-newer')
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
  })

  test('is never sent empty or in part while a writer truncates it and writes piece by piece', async () => {
    writeFileSync(shop.path('token'), 'token-whole-1')
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(file(), upstream))
    for (const text of ['', 'token', 'token-whole-2']) writeFileSync(shop.path('token'), text)
    await waitUntil('the new token is used', async () => {
      await ask(`${sidecar.origin('openai')}/v1/models`, { headers })
      return listTokens(upstream).at(-1) === 'Bearer token-whole-2'
    })
    expect(new Set(listTokens(upstream))).toEqual(new Set(['Bearer token-whole-1', 'Bearer token-whole-2']))
  })

  test('that was deleted goes on to be used as long as it is good', async () => {
    writeFileSync(shop.path('token'), 'token-whole-1')
    await using upstream = await accepting(() => true)
    await using sidecar = await startSidecar(launch(file(), upstream))
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
    rmSync(shop.path('token'))
    expect(await ask(`${sidecar.origin('openai')}/v1/models`, { headers })).toMatchObject({ status: 200 })
  })
})
