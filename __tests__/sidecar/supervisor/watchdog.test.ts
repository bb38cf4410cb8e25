import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { createWatchdog, isProcessAlive, type WatchdogEffects } from '../../../src/sidecar/supervisor/watchdog.ts'

const watch = { pid: 4711, startTime: '99' }

/** A clock and a process table in the test's hand. */
function createWorld(config: Parameters<typeof createWatchdog>[0]) {
  const world = { now: 5000, isAlive: true, asked: 0, reasons: [] as string[], ticks: [] as (() => void)[] }
  const effects: WatchdogEffects = {
    now: () => world.now,
    isAlive: (given) => {
      expect(given).toEqual(config.watch)
      world.asked += 1
      return world.isAlive
    },
    every: (_milliseconds, run) => void world.ticks.push(run),
  }
  createWatchdog(config, (reason) => world.reasons.push(reason), effects)
  const tick = (): void => {
    for (const run of world.ticks) run()
  }
  return { world, tick }
}

describe('createWatchdog()', () => {
  test('says nothing while the runner lives and the time is not up', () => {
    const { world, tick } = createWorld({ watch, maxAgeMs: 1000 })
    tick()
    world.now += 999
    tick()
    expect([world.reasons, world.asked]).toEqual([[], 2])
  })

  test('ends when the runner is gone', () => {
    const { world, tick } = createWorld({ watch, maxAgeMs: 1000 })
    world.isAlive = false
    tick()
    expect(world.reasons).toEqual([expect.stringContaining('runner')])
  })

  test('ends at the maximum age, counted from its start', () => {
    const { world, tick } = createWorld({ watch, maxAgeMs: 1000 })
    world.now += 1000
    tick()
    expect(world.reasons).toEqual([expect.stringContaining('age')])
  })

  test('without a process to watch only the age counts', () => {
    const { world, tick } = createWorld({ watch: null, maxAgeMs: 1000 })
    world.isAlive = false
    tick()
    expect([world.reasons, world.asked]).toEqual([[], 0])
  })
})

const onLinux = process.platform === 'linux' ? test : test.skip

describe('isProcessAlive()', () => {
  const startTime = (): string =>
    readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? ''

  onLinux('knows a process by its start time', () => {
    expect(isProcessAlive({ pid: process.pid, startTime: startTime() })).toBe(true)
  })

  onLinux('takes a reused pid for another process', () => {
    expect(isProcessAlive({ pid: process.pid, startTime: '1' })).toBe(false)
  })

  onLinux('takes a zombie for gone', async () => {
    // The shell's child ends at once and is never waited for, because exec replaces the shell by sleep.
    const script = `${process.execPath} -e 'console.log(process.pid)' & exec sleep 30`
    const parent = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] })
    try {
      const [line] = await once(parent.stdout, 'data')
      const pid = Number(String(line))
      const read = (): string[] =>
        readFileSync(`/proc/${pid}/stat`, 'latin1')
          .replace(/^.*\) /s, '')
          .split(' ')
      while (read()[0] !== 'Z') await new Promise(setImmediate)
      expect(isProcessAlive({ pid, startTime: read()[19] ?? '' })).toBe(false)
    } finally {
      parent.kill('SIGKILL')
      await once(parent, 'exit')
    }
  })

  test('without a start time any process of that pid counts', () => {
    expect(isProcessAlive({ pid: process.pid, startTime: null })).toBe(true)
    expect(isProcessAlive({ pid: 2 ** 30, startTime: null })).toBe(false)
  })

  test('a process that is not there is gone', () => {
    expect(isProcessAlive({ pid: 2 ** 30, startTime: '1' })).toBe(false)
  })
})
