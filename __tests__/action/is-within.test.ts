import { join, resolve } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { isWithin } from '../../src/action/is-within.ts'

const BASE = resolve('base')

describe('isWithin()', () => {
  it.each(['', 'a', '..a', '...', '..a/b', 'a/../b'])('%j is', (path) => {
    expect(isWithin(join(BASE, path), BASE)).toBe(true)
  })

  it.each(['..', '../a', '../..', '../base-too'])('%j is not', (path) => {
    expect(isWithin(join(BASE, path), BASE)).toBe(false)
  })
})
