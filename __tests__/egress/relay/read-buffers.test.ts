import { describe, expect, test } from '@jest/globals'
import { ReadBuffers } from '../../../src/egress/relay/read-buffers.ts'

const LARGE = 64 * 1024

describe('ReadBuffers', () => {
  test('keeps one small buffer while little comes', () => {
    const buffers = new ReadBuffers()
    const first = buffers.next()
    buffers.note(100, false)
    expect(buffers.next()).toBe(first)
    expect(first.length).toBeLessThan(LARGE)
  })

  test('takes a large one when a read filled it, and a small one again when little comes', () => {
    const buffers = new ReadBuffers()
    const small = buffers.next()
    buffers.note(small.length, false)
    expect(buffers.next()).toHaveLength(LARGE)
    buffers.note(10, false)
    expect(buffers.next().length).toBeLessThan(LARGE)
  })

  test('a buffer whose bytes are still being written is never given again, to nobody', () => {
    const buffers = new ReadBuffers()
    const lent = buffers.next()
    buffers.note(100, true)
    expect(buffers.next()).not.toBe(lent)
    const other = new ReadBuffers()
    const alsoLent = other.next()
    other.note(100, true)
    other.release()
    const later = Array.from({ length: 300 }, () => new ReadBuffers().next())
    expect(later).not.toContain(lent)
    expect(later).not.toContain(alsoLent)
  })

  test('what a closed connection read into serves the next one, and only one', () => {
    const gone = new ReadBuffers()
    const buffer = gone.next()
    gone.note(10, false)
    gone.release()
    gone.release()
    const later = Array.from({ length: 300 }, () => new ReadBuffers().next())
    expect(later.filter((one) => one === buffer)).toHaveLength(1)
  })
})
