import { renderCount } from '../report/render-figures.ts'
import type { ProviderFigures, TrafficReport } from '../report.ts'

/** More slices than this cannot be told apart; the rest are one. */
const MOST_SLICES = 7
const LONGEST_LABEL = 40
const REST = 'other models'

/** Told apart in light and dark, and by those who see no red or no green; the texts keep the colours of the reader's theme. */
const COLOURS = `%%{init: ${JSON.stringify({
  themeVariables: {
    ...{
      pie1: '#3b78c3',
      pie2: '#a8681a',
      pie3: '#2a7f68',
      pie4: '#a84f8c',
      pie5: '#6f62bd',
      pie6: '#8a5a2b',
      pie7: '#68727d',
    },
    ...{ pieOpacity: '1', pieStrokeWidth: '1px', pieOuterStrokeWidth: '0px', pieTitleTextSize: '16px' },
    ...{ pieLegendTextSize: '14px', pieSectionTextColor: '#ffffff', pieSectionTextSize: '14px' },
  },
})}}%%`

type Slice = readonly [label: string, tokens: number]

/**
 * A small Mermaid chart of where the tokens went: by model where there are several, else by kind. Nothing where no tokens were counted.
 * Labels are foreign text: only characters without a meaning for Mermaid or Markdown are kept.
 */
export function renderChart(report: TrafficReport): readonly string[] {
  const all = Object.values(report.providers)
  const models = sumByModel(all)
  const [title, slices]: [string, readonly Slice[]] =
    models.length > 1 ? ['Tokens by model', takeLargest(models)] : ['Tokens by kind', sumByKind(all)]
  const drawn = slices.filter(([, tokens]) => tokens > 0)
  if (drawn.length < 2) return []
  const lines = drawn.map(
    ([label, tokens]) => `  "${escapeLabel(label)}: ${renderCount(tokens)}" : ${Math.round(tokens)}`,
  )
  return [['```mermaid', COLOURS, 'pie', `  title ${title}`, ...lines, '```'].join('\n')]
}

/** Largest first; the same model at two providers is one. */
function sumByModel(all: readonly ProviderFigures[]): readonly Slice[] {
  const sums = new Map<string, number>()
  for (const { models } of all)
    for (const [model, { input, output }] of Object.entries(models))
      sums.set(model, (sums.get(model) ?? 0) + input + output)
  return [...sums].filter(([, tokens]) => tokens > 0).sort(([, left], [, right]) => right - left)
}

function takeLargest(models: readonly Slice[]): readonly Slice[] {
  if (models.length <= MOST_SLICES) return models
  const rest = models.slice(MOST_SLICES - 1).reduce((sum, [, tokens]) => sum + tokens, 0)
  return [...models.slice(0, MOST_SLICES - 1), [REST, rest]]
}

function sumByKind(all: readonly ProviderFigures[]): readonly Slice[] {
  const sum = (field: 'tokensInput' | 'tokensCached' | 'tokensOutput'): number =>
    all.reduce((total, figures) => total + figures[field], 0)
  const cached = sum('tokensCached')
  return [
    ['in, read anew', Math.max(0, sum('tokensInput') - cached)],
    ['in, from a cache', cached],
    ['out', sum('tokensOutput')],
  ]
}

function escapeLabel(label: string): string {
  const kept = label.replace(/[^\p{L}\p{N} ,._:/+-]+/gu, '_')
  return kept.length > LONGEST_LABEL ? `${kept.slice(0, LONGEST_LABEL)}…` : kept
}
