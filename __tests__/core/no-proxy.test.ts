import { expect, test } from '@jest/globals'
import { mergeNoProxy } from '../../src/core/no-proxy.ts'

test.each([
  [[undefined, undefined], '127.0.0.1,localhost,::1'],
  [['', ''], '127.0.0.1,localhost,::1'],
  [['corp.example', undefined], 'corp.example,127.0.0.1,localhost,::1'],
  [['a.example, b.example', 'c.example b.example'], 'a.example,b.example,c.example,127.0.0.1,localhost,::1'],
  [['localhost,.corp.example', undefined], 'localhost,.corp.example,127.0.0.1,::1'],
  [[undefined, '*'], '*'],
  [['a.example,*', undefined], 'a.example,*,127.0.0.1,localhost,::1'],
])('mergeNoProxy(%j) is %s', (values, expected) => {
  expect(mergeNoProxy(values)).toBe(expected)
})
