import type { Verdict } from '../sidecar-config.ts'
import type { CauseRow } from './cause.ts'

const HEADER = `# What a check of a credential can find

Generated from the error dictionary in \`src/core/probes/causes/\`; do not edit by hand.

Before the agent starts, every configured credential is tried once against the host that will really be used, with a request
that costs nothing. The answer is looked up here: the first row that matches decides. *rejected* ends the step under
\`validate: strict\`, *inconclusive* is a warning, and only a real listing of models is *valid*.
Words in braces stand for hosts and inputs of your job.
`

const VERDICTS: readonly Exclude<Verdict, 'unchecked'>[] = ['rejected', 'inconclusive', 'valid']

/**
 * Renders the dictionary as Markdown, one section per code, grouped by verdict.
 * @param causes rows in the order in which they are tried; rows with the same code and verdict share a section.
 */
export function renderCauseDocs(causes: readonly CauseRow[]): string {
  const sections = VERDICTS.map((verdict) => {
    const rows = causes.filter((row) => row.verdict === verdict)
    const codes = [...new Set(rows.map((row) => row.code))]
    const entries = codes.map((code) =>
      renderCode(
        code,
        rows.filter((row) => row.code === code),
      ),
    )
    return `## ${verdict}\n\n${entries.join('\n')}`
  })
  return `${HEADER}\n${sections.join('\n')}`
}

function renderCode(code: string, rows: readonly CauseRow[]): string {
  const parts = rows.map((row) => {
    const fix = row.fix === '' ? '' : `- **Fix:** ${row.fix}\n`
    return `- **Seen:** ${row.seen}\n- **Meaning:** ${row.message}\n${fix}`
  })
  return `### ${code}\n\n${parts.join('\n')}`
}
