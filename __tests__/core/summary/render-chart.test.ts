import { describe, expect, test } from '@jest/globals'
import { createReport, openFigures, openModel } from '../../../src/core/report/create-report.ts'
import type { TrafficReport } from '../../../src/core/report.ts'
import { renderChart } from '../../../src/core/summary/render-chart.ts'

/** A report with these tokens by model, all of one provider, half of them out. */
function reportOf(models: Readonly<Record<string, number>>): TrafficReport {
  const report = createReport()
  for (const [model, tokens] of Object.entries(models)) {
    const figures = openFigures(report, 'openai')
    const row = openModel(figures, model)
    row.input = tokens / 2
    row.output = tokens / 2
    figures.tokensInput += tokens / 2
    figures.tokensOutput += tokens / 2
  }
  return report
}

const slicesOf = (report: TrafficReport): string[] =>
  renderChart(report).flatMap((chart) => chart.split('\n').filter((line) => line.startsWith('  "')))

describe('renderChart()', () => {
  test('tokens by model, the largest first', () => {
    const report = reportOf({ small: 10, large: 123_456, none: 0 })
    expect(slicesOf(report)).toEqual(['  "large: 123,456" : 123456', '  "small: 10" : 10'])
    expect(renderChart(report)[0]).toMatch(
      /^```mermaid\n%%\{init: .*\}%%\npie\n {2}title Tokens by model\n[\s\S]*\n```$/,
    )
  })

  test('the same model at two providers is one slice', () => {
    const report = reportOf({ a: 10, b: 4 })
    openModel(openFigures(report, 'byok'), 'a').input = 5
    expect(slicesOf(report)).toEqual(['  "a: 15" : 15', '  "b: 4" : 4'])
  })

  test('one model: by kind, what came from a cache told apart', () => {
    const report = reportOf({ only: 200 })
    openFigures(report, 'openai').tokensCached = 60
    expect(slicesOf(report)).toEqual([
      '  "in, read anew: 40" : 40',
      '  "in, from a cache: 60" : 60',
      '  "out: 100" : 100',
    ])
  })

  test('more than seven models: the rest are one slice', () => {
    const models = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${index}`, 1000 - index]))
    const slices = slicesOf(reportOf(models))
    expect(slices).toHaveLength(7)
    expect(slices.at(-1)).toBe('  "other models: 23,580" : 23580')
  })

  test.each([
    ['nothing', {}],
    ['no tokens', { a: 0, b: 0 }],
  ])('%s: no chart', (_, models) => {
    expect(renderChart(reportOf(models))).toEqual([])
  })

  test.each(['"] : 5\n```\n# x', '%%{init: {}}%%', '`code`', '<b>&#35;</b>', 'a;b#c', '"', `${'x'.repeat(5000)}`])(
    'a model named %j is a label and nothing else',
    (name) => {
      const [chart = ''] = renderChart(reportOf({ [name]: 10, other: 5 }))
      const lines = chart.split('\n')
      expect(lines).toHaveLength(7)
      expect(lines.at(-1)).toBe('```')
      expect(lines[4]).toMatch(/^ {2}"[\p{L}\p{N} ,._:/+…-]{1,60}" : 10$/u)
    },
  )
})
