import { describe, expect, it } from '@jest/globals'
import { accept, refuse, summarize } from './raw-inputs.ts'

const BASE = { 'provider-base-url': 'https://gw.corp/v1' }

function read(headers: string): readonly (readonly [name: string, value: string])[] {
  const { inputs } = accept({ ...BASE, 'provider-headers': headers })
  const names = inputs.providers[0]?.extraHeaderNames ?? []
  return names.map((name) => [name, inputs.secrets.get(`header.${name}`)?.reveal() ?? ''] as const)
}

describe('provider-headers', () => {
  it.each<[string, string, readonly (readonly [string, string])[]]>([
    ['one line', 'X-Team: blue', [['x-team', 'blue']]],
    [
      'several lines with blank ones',
      '\nx-a: 1\n\nx-b: 2\n',
      [
        ['x-a', '1'],
        ['x-b', '2'],
      ],
    ],
    [
      'Windows line breaks',
      'x-a: 1\r\nx-b: 2\r\n',
      [
        ['x-a', '1'],
        ['x-b', '2'],
      ],
    ],
    [
      'numbers and words as written',
      'x-a: 007\nx-b: yes\nx-c: 1e3\nx-d: null',
      [
        ['x-a', '007'],
        ['x-b', 'yes'],
        ['x-c', '1e3'],
        ['x-d', 'null'],
      ],
    ],
    ['a value with spaces', 'x-a: two words', [['x-a', 'two words']]],
    ['a quoted value', 'x-a: "a: b # c"', [['x-a', 'a: b # c']]],
    [
      'a value with a colon, which YAML refuses',
      'x-a: b: c\nx-d: e',
      [
        ['x-a', 'b: c'],
        ['x-d', 'e'],
      ],
    ],
    ['a value with a number sign, which is never cut', 'x-a: b #c', [['x-a', 'b #c']]],
    [
      'a flow mapping',
      '{x-a: b, "x-c": "d"}',
      [
        ['x-a', 'b'],
        ['x-c', 'd'],
      ],
    ],
    ['JSON', '{"X-A": "b"}', [['x-a', 'b']]],
    ['a URL', 'x-a: https://acme.example/x?y=z', [['x-a', 'https://acme.example/x?y=z']]],
    ['a value that starts with a YAML sign', 'x-a: *star', [['x-a', '*star']]],
    ['a comment line', '# who pays\nx-a: b', [['x-a', 'b']]],
  ])('takes %s', (_title, text, expected) => {
    expect(read(text)).toEqual(expected)
  })

  it('says in which line the fault is', () => {
    const faults = refuse({ ...BASE, 'provider-headers': 'x-a: 1\nx-b: 2\nhost: evil.example' })
    expect(summarize(faults)).toEqual(['provider-headers input-invalid'])
    expect(faults[0]?.message).toMatch(/host, which the sidecar sets itself in line 3/)
  })

  it('keeps values out of the printed inputs', () => {
    const { inputs } = accept({ ...BASE, 'provider-headers': 'x-team: s3cretTeam' })
    expect(JSON.stringify([inputs, [...inputs.secrets]])).not.toContain('s3cretTeam')
  })
})
