import { describe, expect, test } from '@jest/globals'
import type { SidecarEvent } from '../../../src/core/events.ts'
import { createAccessLog, type WriteBytes } from '../../../src/sidecar/worker/access-log.ts'

const event = (detail: string): SidecarEvent => ({ kind: 'lifecycle', time: '', what: 'started', detail })
const gap = (lines: number): string =>
  `${JSON.stringify({ kind: 'lifecycle', time: 'now', what: 'log-incomplete', lines })}\n`
const lineOf = (detail: string): string => `${JSON.stringify(event(detail))}\n`

/** A disk whose every write is answered by the test. */
function createDisk() {
  const writes: { readonly text: string; readonly done: Parameters<WriteBytes>[1]; readonly length: number }[] = []
  const write: WriteBytes = (bytes, done) => void writes.push({ text: bytes.toString(), done, length: bytes.length })
  return { writes, write }
}

const healthy: WriteBytes = (bytes, done) => done(null, bytes.length)

describe('createAccessLog()', () => {
  test('writes many lines in one piece, in order', async () => {
    const disk = createDisk()
    const log = createAccessLog(disk.write)
    log.append(event('1'))
    log.append(event('2'))
    const flushed = log.flush()
    await Promise.resolve()
    expect(disk.writes.map(({ text }) => text)).toEqual([lineOf('1') + lineOf('2')])
    disk.writes[0]?.done(null, disk.writes[0].length)
    await flushed
    expect(log.lost).toBe(0)
  })

  test('never has two writes under way: the second waits for the first', async () => {
    const disk = createDisk()
    const log = createAccessLog(disk.write)
    log.append(event('1'))
    const first = log.flush()
    log.append(event('2'))
    const second = log.flush()
    await Promise.resolve()
    expect(disk.writes).toHaveLength(1)
    disk.writes[0]?.done(null, disk.writes[0].length)
    await first
    await Promise.resolve()
    expect(disk.writes.map(({ text }) => text)).toEqual([lineOf('1'), lineOf('2')])
    disk.writes[1]?.done(null, disk.writes[1].length)
    await second
  })

  test('counts every line of a failed write as lost and goes on', async () => {
    let isFull = true
    const written: string[] = []
    const told: string[] = []
    const log = createAccessLog(
      (bytes, done) => {
        if (isFull) return done(Object.assign(new Error('full'), { code: 'ENOSPC' }), 0)
        written.push(bytes.toString())
        done(null, bytes.length)
      },
      { onFirstLoss: (code) => told.push(code), now: () => 'now' },
    )
    for (const detail of ['1', '2', '3']) log.append(event(detail))
    await log.flush()
    expect(log.lost).toBe(3)
    isFull = false
    log.append(event('4'))
    await log.flush()
    expect([log.lost, written, told]).toEqual([3, [gap(3) + lineOf('4')], ['ENOSPC']])
    log.append(event('5'))
    await log.flush()
    isFull = true
    log.append(event('6'))
    await log.flush()
    isFull = false
    log.append(event('7'))
    await log.flush()
    expect(written.slice(1)).toEqual([lineOf('5'), gap(1) + lineOf('7')])
    expect([log.lost, told]).toEqual([4, ['ENOSPC']])
  })

  test('counts only what a short write left out, and keeps its torn line from spoiling the next', async () => {
    const written: string[] = []
    const log = createAccessLog(
      (bytes, done) => {
        const end = written.length === 0 ? lineOf('1').length + 5 : bytes.length
        written.push(bytes.subarray(0, end).toString())
        done(null, end)
      },
      { now: () => 'now' },
    )
    for (const detail of ['1', '2', '3']) log.append(event(detail))
    await log.flush()
    log.append(event('4'))
    await log.flush()
    expect(log.lost).toBe(2)
    // Of the two the torn one tells of itself.
    expect(written.join('').split('\n')).toEqual([
      lineOf('1').trim(),
      lineOf('2').slice(0, 5),
      gap(1).trim(),
      lineOf('4').trim(),
      '',
    ])
  })

  test('holds at most a mebibyte behind a disk that hangs, and loses the rest by count', async () => {
    const disk = createDisk()
    const log = createAccessLog(disk.write)
    const big = event('x'.repeat(10_000))
    const flushes: Promise<void>[] = []
    for (let count = 0; count < 1000; count += 1) {
      log.append(big)
      if (count % 50 === 0) flushes.push(log.flush())
    }
    expect(log.lost).toBeGreaterThan(890)
    const held = 1000 - log.lost
    flushes.push(log.flush())
    for (let index = 0; index < flushes.length; index += 1) {
      await new Promise(setImmediate)
      disk.writes[index]?.done(null, disk.writes[index]?.length ?? 0)
    }
    await Promise.all(flushes)
    const lines = disk.writes.flatMap(({ text }) => text.split('\n')).filter((line) => line.includes('xxx'))
    expect(lines).toHaveLength(held)
    log.append(event('again'))
    const again = log.flush()
    await new Promise(setImmediate)
    expect(disk.writes.at(-1)?.text).toBe(lineOf('again'))
    const told = disk.writes.flatMap(({ text }) => [...text.matchAll(/"what":"log-incomplete","lines":(\d+)/g)])
    expect(told.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(log.lost)
    disk.writes.at(-1)?.done(null, disk.writes.at(-1)?.length ?? 0)
    await again
  })

  test('flush() with nothing to say writes nothing', async () => {
    const log = createAccessLog(() => {
      throw new Error('must not be called')
    })
    await log.flush()
    expect(log.lost).toBe(0)
  })

  test('flush() resolves when what was appended before is out', async () => {
    const log = createAccessLog(healthy)
    log.append(event('1'))
    await expect(log.flush()).resolves.toBeUndefined()
  })
})
