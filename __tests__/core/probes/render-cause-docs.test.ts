import { describe, expect, test } from '@jest/globals'
import { CAUSES } from '../../../src/core/probes/cause-table.ts'
import { renderCauseDocs } from '../../../src/core/probes/render-cause-docs.ts'

describe('renderCauseDocs', () => {
  const docs = renderCauseDocs(CAUSES)

  test('has one section for each code and verdict, so that its anchor can be linked', () => {
    const headings = [...docs.matchAll(/^### (.+)$/gm)].map((match) => match[1])
    const codes = new Set(CAUSES.map((row) => `${row.verdict} ${row.code}`))
    expect(headings).toHaveLength(codes.size)
    expect(new Set(headings)).toEqual(new Set(CAUSES.map((row) => row.code)))
  })

  test('shows what was seen, what it means and the fix of every row', () => {
    for (const row of CAUSES) {
      expect(docs).toContain(row.seen)
      expect(docs).toContain(row.message)
      expect(docs).toContain(row.fix)
    }
  })

  test('ends with one line break and has no trailing spaces', () => {
    expect(docs).toMatch(/[^\n]\n$/)
    expect(docs).not.toMatch(/[ \t]$/m)
  })
})
