import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parseSoakArguments } from '../../bench/soak/arguments.ts'
import { deriveTrend } from '../../bench/soak/flatness.ts'
import { Ledger } from '../../bench/soak/ledger.ts'
import { renderSoak } from '../../bench/soak/render-soak.ts'
import { runSoak } from '../../bench/soak/run-soak.ts'
import { DIST } from '../support/bundles.ts'

/** The short version of `npm run soak`, and proof that the soak sees what it is there for. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

/** The shipped bundles with something put before the worker's program. */
function createBundles(before: string): Disposable & { readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), 'agent-proxy-soak-'))
  for (const name of ['sidecar', 'worker', 'credential-process']) {
    cpSync(join(DIST, name), join(directory, name), { recursive: true })
  }
  const worker = join(directory, 'worker', 'index.js')
  writeFileSync(worker, `${before}\n${readFileSync(worker, 'utf8')}`)
  return { directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) }
}

onLinux('runSoak()', () => {
  test('fifteen seconds of mixed traffic: nothing is lost, nothing comes twice, nothing grows', async () => {
    const result = await runSoak({ seconds: 15, seed: 7 })
    process.stdout.write(`${renderSoak(result)}\n`)
    expect(result.misses).toEqual([])
    expect(result.requests).toBeGreaterThan(100)
    expect(result.kills).toBeGreaterThan(0)
  }, 120_000)

  test('tells of a worker that leaks memory and descriptors', async () => {
    using bundles = createBundles(`
      import { openSync as openAgain } from 'node:fs'
      const kept = []
      setInterval(() => kept.push(Buffer.alloc(2 * 1024 * 1024, 1), openAgain('/proc/net/tcp', 'r')), 50)`)
    const { misses } = await runSoak({ seconds: 6, seed: 7, bundles: bundles.directory })
    expect(misses).toContainEqual(expect.stringMatching(/^the worker's memory rose by [\d.]+ MiB$/))
    expect(misses).toContainEqual(expect.stringMatching(/^\d+ descriptors are open at the end/))
  }, 120_000)
})

describe('Ledger', () => {
  const book = (sighting: string | undefined): Ledger => {
    const ledger = new Ledger()
    ledger.begin('a', 'small')
    if (sighting !== undefined) ledger.end('a', sighting)
    return ledger
  }

  test.each([
    [undefined, ['a (small) has no outcome']],
    ['cut', ['a (small): cut']],
    ['DAMAGED', ['a (small): DAMAGED']],
    ['502 upstream_reset', ['a (small): 502 upstream_reset']],
    ['whole', []],
  ])('findWrong() with the outcome %s gives %j', (sighting, wrong) => {
    expect(book(sighting).findWrong()).toEqual(wrong)
  })

  test.each([
    [0, ['a (small): 0 times upstream']],
    [1, []],
    [2, ['a (small): 2 times upstream']],
  ])('findMiscounted() with %i arrivals gives %j', (count, miscounted) => {
    expect(book('whole').findMiscounted(new Map([['a', count]]))).toEqual(miscounted)
  })

  test('findUnlogged() wants one line for each request', () => {
    expect(book('whole').findUnlogged(new Map())).toEqual(['a (small): 0 lines in the log'])
    expect(book('whole').findUnlogged(new Map([['a', 1]]))).toEqual([])
  })

  test('forgives a break, but neither damage nor a second arrival, to what was under way when a worker was killed', () => {
    for (const [sighting, wrong] of [
      ['cut', []],
      ['DAMAGED', ['a (small): DAMAGED']],
    ] as const) {
      const ledger = new Ledger()
      ledger.begin('a', 'small')
      ledger.killing()
      ledger.end('a', sighting)
      ledger.killed()
      ledger.begin('b', 'small')
      ledger.end('b', 'cut')
      expect(ledger.findWrong()).toEqual([...wrong, 'b (small): cut'])
      expect(
        ledger.findMiscounted(
          new Map([
            ['a', 2],
            ['b', 1],
          ]),
        ),
      ).toEqual(['a (small): 2 times upstream'])
    }
  })
})

describe('deriveTrend()', () => {
  test.each([
    ['a straight rise', [0, 1, 2, 3, 4], 4],
    ['a flat line', [5, 5, 5, 5, 5], 0],
    ['a saw that comes back', [5, 9, 5, 9, 5], 0],
    ['one late outlier over a flat line', [5, 5, 5, 5, 5, 5, 5, 5, 5, 15], 4.9],
  ])('of %s', (_name, values, rise) => {
    expect(deriveTrend(values.map((value, atS) => ({ atS, value }))).rise).toBeCloseTo(rise, 1)
  })
})

describe('parseSoakArguments()', () => {
  const parse = (...args: string[]) => parseSoakArguments(args, () => 5)

  test('has ten minutes and a seed of its own as defaults', () => {
    expect(parse()).toEqual({ minutes: 10, seed: 5 })
    expect(parse('--minutes', '0.5', '--seed', '42')).toEqual({ minutes: 0.5, seed: 42 })
  })

  test.each([
    [['--minutes', '0'], /--minutes must be/],
    [['--minutes', 'long'], /--minutes must be/],
    [['--seed', '1.5'], /--seed must be/],
    [['--hours', '1'], /hours/],
  ])('refuses %j', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
  })
})
