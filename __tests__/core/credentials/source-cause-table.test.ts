import { describe, expect, test } from '@jest/globals'
import { ALL_SOURCE_CAUSES } from '../../../src/core/credentials/source-cause-table.ts'
import { CAUSES } from '../../../src/core/probes/cause-table.ts'

const rows = ALL_SOURCE_CAUSES.map((row) => [`${row.code}: ${row.seen}`, row] as const)

describe('ALL_SOURCE_CAUSES', () => {
  test.each(rows)('%s says what was seen, what it means and what to do', (_name, row) => {
    expect(row.code).toMatch(/^[a-z0-9]+(-[a-z0-9]+)+$/)
    expect(row.seen.length).toBeGreaterThan(2)
    expect(row.message).toMatch(/^[\p{Lu}{][^\n]{15,}\.$/u)
    expect(row.fix).toMatch(/^[\p{Lu}{][^\n]{5,}\.$/u)
  })

  test('shares no code with the dictionary of probes, whose anchors stand on the same page', () => {
    const probes: ReadonlySet<string> = new Set(CAUSES.map((row) => row.code))
    expect(ALL_SOURCE_CAUSES.map((row) => row.code).filter((code) => probes.has(code))).toEqual([])
  })

  test('says of one code always the same about trying again', () => {
    const odd = ALL_SOURCE_CAUSES.filter((row) =>
      ALL_SOURCE_CAUSES.some((other) => other.code === row.code && other.isPermanent !== row.isPermanent),
    )
    expect(odd.map((row) => row.code)).toEqual([])
  })
})
