import { describe, expect, it } from '@jest/globals'
import { expandMatrix } from './expand-matrix.ts'

describe('expandMatrix()', () => {
  it.each([
    ['no matrix', undefined, [{}]],
    [
      'two axes',
      { os: ['a', 'b'], node: [1, 2] },
      [
        { os: 'a', node: 1 },
        { os: 'a', node: 2 },
        { os: 'b', node: 1 },
        { os: 'b', node: 2 },
      ],
    ],
    ['an excluded leg', { os: ['a', 'b'], node: [1], exclude: [{ os: 'b' }] }, [{ os: 'a', node: 1 }]],
    [
      'an addition to the legs that it fits',
      { os: ['a', 'b'], include: [{ os: 'b', extra: true }] },
      [{ os: 'a' }, { os: 'b', extra: true }],
    ],
    [
      'an addition without an axis, to all',
      { os: ['a', 'b'], include: [{ extra: 1 }] },
      [
        { os: 'a', extra: 1 },
        { os: 'b', extra: 1 },
      ],
    ],
    ['a leg of its own', { os: ['a'], include: [{ os: 'c', extra: 1 }] }, [{ os: 'a' }, { os: 'c', extra: 1 }]],
    ['nothing but additions', { include: [{ os: 'a' }, { os: 'b' }] }, [{ os: 'a' }, { os: 'b' }]],
  ])('gives the legs of %s', (_name, matrix, legs) => {
    expect(expandMatrix(matrix)).toEqual(legs)
  })
})
