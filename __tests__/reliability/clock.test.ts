import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { DIST } from '../support/bundles.ts'
import { findLeaks } from '../support/find-leaks.ts'
import { ask } from '../support/http-client.ts'
import { createIssuedWorld } from '../support/issued-sidecar.ts'
import { startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS } from '../support/sidecar-launch.ts'
import { waitUntil } from '../support/wait-until.ts'

/**
 * A wall clock that jumps under the shipped worker. A time namespace moves only the monotonic clocks, so the jump is made where the
 * worker reads the wall: before its unchanged program stands a Date that moves on when it is told to.
 */
const onLinux = process.platform === 'linux' ? describe : describe.skip
const HOUR_MS = 3_600_000
const JUMPS_MS = [3 * HOUR_MS, -3 * HOUR_MS, 24 * HOUR_MS, -25 * HOUR_MS, HOUR_MS]
const TOKEN_LIFE_S = 6
/** Behind a jump back a token must be outlived: by the wall it would stay young for hours. */
const betweenMs = (jumpMs: number): number => (jumpMs < 0 ? TOKEN_LIFE_S * 1000 + 700 : 1000)

function createBundles(): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'agent-proxy-clock-'))
  for (const name of ['sidecar', 'worker', 'credential-process']) {
    cpSync(join(DIST, name), join(directory, name), { recursive: true })
  }
  const worker = join(directory, 'worker', 'index.js')
  const clock = `
    {
      const Real = Date
      const jumps = ${JSON.stringify(JUMPS_MS)}
      let shift = 0
      process.on('SIGUSR2', () => { shift += jumps.shift() ?? 0 })
      globalThis.Date = class extends Real {
        constructor(...given) { super(...(given.length === 0 ? [Real.now() + shift] : given)) }
        static now() { return Real.now() + shift }
      }
    }`
  writeFileSync(worker, `${clock}\n${readFileSync(worker, 'utf8')}`)
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

onLinux('sidecar: a wall clock that jumps by hours, forth and back', () => {
  test('no request fails or is sent with an old credential, and each jump costs at most one mint', async () => {
    using bundles = createBundles()
    await using world = await createIssuedWorld('oauth', { life: { claimed: TOKEN_LIFE_S } })
    await using sidecar = await startSidecar({ ...world.launch, bundles: bundles.directory })
    const worker = await sidecar.waitForWorker()
    const headers = { authorization: `Bearer ${RUN_TOKENS.other}`, ...world.asked.headers }
    const statuses = new Map<number, number>()
    const started = performance.now()
    const send = async (): Promise<void> => {
      const { status } = await ask(sidecar.origin(world.id) + world.asked.path, { ...world.asked, headers })
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    const years = new Set<string>()
    for (const jump of JUMPS_MS) {
      process.kill(worker, 'SIGUSR2')
      const jumpedAt = performance.now()
      await waitUntil('the time between two jumps is over', async () => {
        await send()
        return performance.now() - jumpedAt > betweenMs(jump)
      })
      years.add(sidecar.readEvents().at(-1)?.time.slice(0, 13) ?? '')
    }
    // The clock has really jumped: the log is told in other hours.
    expect(years.size).toBeGreaterThan(2)
    const seconds = (performance.now() - started) / 1000
    const { tokens, secretsSeen } = world.setup
    process.stdout.write(
      `clock jumps: ${JSON.stringify([...statuses])}, ${tokens.issued.length} mints in ${seconds.toFixed(0)} s and ${JUMPS_MS.length} jumps\n`,
    )
    expect([...statuses.keys()]).toEqual([200])
    const refused = world.upstream.requests.filter(({ status }) => status === 401).length
    // One may have been under way at the end of its token; each jump back would add one of its own.
    expect(refused).toBeLessThanOrEqual(1)
    // The soft point lies at three quarters of a life, pulled earlier by up to a tenth.
    const regular = Math.ceil(seconds / (TOKEN_LIFE_S * 0.75 * 0.9)) + 1
    expect(tokens.issued.length).toBeLessThanOrEqual(regular + JUMPS_MS.length)
    expect(findLeaks(secretsSeen(), { directories: [sidecar.directory] })).toEqual([])
  })
})
