import { describe, expect, test } from '@jest/globals'
import { createReport, increase, openFigures } from '../../../src/core/report/create-report.ts'
import { renderTerminalSummary } from '../../../src/core/summary/render-terminal-summary.ts'
import { egressReportOf } from '../report/egress-event.ts'

describe('renderTerminalSummary()', () => {
  test('says when nothing reached the sidecar', () => {
    expect(renderTerminalSummary({ report: createReport() })).toEqual(['Summary: no request reached the sidecar'])
  })

  test('has a line for each provider that was used, and for each refusal with its sentence', () => {
    const report = createReport()
    Object.assign(openFigures(report, 'openai'), { requests: 1, tokensInput: 1200, tokensOutput: 37 })
    Object.assign(openFigures(report, 'anthropic'), { requests: 2, errors: 1 })
    openFigures(report, 'gemini')
    increase(report.refusals, 'path_not_lent', 3)
    increase(report.refusals, 'toString', 1)
    const lines = renderTerminalSummary({ report })
    expect(lines.slice(0, 3)).toEqual([
      'Summary',
      '  OpenAI: 1 request, 1,200 tokens in, 37 out',
      '  Anthropic: 2 requests, 1 answered with an error, 0 tokens in, 0 out',
    ])
    expect(lines[3]).toMatch(/^ {2}refused 3× path_not_lent: The Copilot credential/)
    expect(lines[4]).toBe('  refused 1× toString: not one of our codes')
    expect(lines).toHaveLength(5)
  })

  test('shows what was blocked with the option that would allow it', () => {
    const egress = egressReportOf({
      ...{ verdict: 'blocked', reason: 'not-allowed', protocol: 'tls', host: 'files.example.org', port: 443 },
    })
    const lines = renderTerminalSummary({ report: createReport(), level: 'wrapped', egress })
    expect(lines.slice(1)).toEqual([
      '  firewall (wrapped): 0 allowed, 1 blocked, 0 allowed but failed',
      '  blocked 1× files.example.org:443 (not-allowed)',
      "  if it is wanted: --allowed-domains 'files.example.org'",
    ])
  })

  test('claims no block in audit mode, and says when the log is not there', () => {
    const egress = egressReportOf({
      ...{ verdict: 'would-block', reason: 'not-allowed', protocol: 'tls', host: 'a.example.org', port: 443 },
    })
    const audit = renderTerminalSummary({ report: createReport(), level: 'wrapped', egress }).join('\n')
    expect(audit).toContain('1 that block mode would stop')
    expect(audit).toContain('would be blocked 1× a.example.org:443')
    expect(audit).not.toMatch(/[^e] blocked/)
    expect(renderTerminalSummary({ report: createReport(), level: 'wrapped' })[1]).toContain('could not be read')
  })

  test('counts in audit mode also what was blocked all the same: a request that can be read in two ways', () => {
    const egress = egressReportOf(
      { verdict: 'would-block' },
      { verdict: 'blocked', reason: 'not-http', protocol: 'http' },
    )
    expect(renderTerminalSummary({ report: createReport(), level: 'wrapped', egress })[1]).toContain(
      '0 allowed, 1 blocked, 1 that block mode would stop, 0 allowed but failed',
    )
  })
})
