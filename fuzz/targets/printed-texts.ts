import MarkdownIt from 'markdown-it'
import { BLOCKED } from '../../__tests__/core/report/egress-event.ts'
import type { EgressEvent } from '../../src/core/egress-event.ts'
import { renderLogText } from '../../src/core/log-text.ts'
import { deriveExcerpt } from '../../src/core/probes/excerpt.ts'
import { deriveEgressReport } from '../../src/core/report/egress-report.ts'
import { cleanText } from '../../src/core/status/clean-text.ts'
import { escapeCode, escapeText } from '../../src/core/summary/escape-markup.ts'
import { deriveBlockedOutputs, deriveFirewallAnnotations } from '../../src/core/summary/firewall-outputs.ts'
import { renderFirewall } from '../../src/core/summary/render-firewall.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

const PIECES = [
  ...[
    '::error::x',
    '::add-mask::x',
    '##[command]x',
    '##',
    '[',
    '::',
    ':',
    '\n',
    '\r',
    '\r\n',
    '\u2028',
    '\u0085',
    '\u00a0',
    '\ufeff',
    '\u200b',
    '\t',
    '\x1b[31m',
    '\0',
    '%0A',
    '%25',
  ],
  ...[
    '|',
    '\\|',
    '`',
    '``',
    '<b>',
    '</code>',
    '</td></tr></table>',
    '<script>',
    '<!--',
    '-->',
    '&lt;',
    '&#60;',
    '[x](http://h)',
    '![x](http://h)',
    'http://h.example',
    'www.evil.example',
    '//a.a',
    '@octocat',
    '#1',
    '*b*',
    '_i_',
    '~~',
    '---',
    '\\',
    '$x$',
    ':smile:',
    '<details>',
  ],
  ...['evil.example', 'a', '\u202e', '\ud83d\ude00', 'x'.repeat(400)],
]
const generatePieces = (dice: Dice): Buffer =>
  Buffer.from(Array.from({ length: 1 + dice.below(8) }, () => dice.pick(PIECES)).join(''))

/** What the runner takes for a command: its two forms, as it looks for them in each line. */
function isCommand(line: string): boolean {
  return line.trimStart().startsWith('::') || line.includes('##[')
}

export interface LogTextSubject {
  readonly renderLogText: typeof renderLogText
}

/** Foreign texts on their way to the job's log. */
export function createLogTextTarget(subject: LogTextSubject = { renderLogText }): Target {
  return {
    name: 'log-text',
    reads: 'foreign texts on their way to the job’s log',
    seeds: PIECES.map((piece) => Buffer.from(piece)),
    words: PIECES,
    generate: generatePieces,
    mustReach: ['changed', 'as it was'],
    check: (input) => {
      const text = input.toString('utf8')
      const line = subject.renderLogText(text)
      demand(!/[\p{Cc}\u2028\u2029]/u.test(line), 'a text is one line', () => JSON.stringify(line))
      demand(!isCommand(line), 'a text is no command of the workflow', () => JSON.stringify(line))
      const [cleaned, excerpt] = [cleanText(text), deriveExcerpt(text)]
      for (const short of [cleaned, excerpt]) {
        demand(
          short.length <= 210 && !/[\p{Cc}\u2028\u2029\u202a-\u202e\u200b]/u.test(short),
          'an excerpt is one short visible line',
          () => JSON.stringify(short),
        )
      }
      return line === text ? 'as it was' : 'changed'
    },
  }
}

export interface SummarySubject {
  readonly escapeText: typeof escapeText
  readonly renderFirewall: typeof renderFirewall
}

// Links as GitHub makes them: by a scheme, and of what begins with `www.` (looked for by itself below).
const markdown = new MarkdownIt({ html: true, linkify: true })
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false }).add('//', null)

/** Foreign names in the job summary, its annotations and outputs. */
export function createSummaryTarget(subject: SummarySubject = { escapeText, renderFirewall }): Target {
  return {
    name: 'summary',
    reads: 'foreign names in the job summary',
    seeds: PIECES.map((piece) => Buffer.from(piece)),
    words: PIECES,
    generate: generatePieces,
    mustReach: ['plain', 'escaped'],
    check: (input, dice) => {
      const text = input.toString('utf8')
      const escaped = subject.escapeText(text)
      checkCell(escaped)
      demandEqual(
        escapeCode(text).replace(/^<code>|<\/code>$/g, ''),
        escapeText(text),
        'code holds the escaped text and nothing else',
      )
      const event: EgressEvent = { ...BLOCKED, host: text, program: dice.chance(2) ? text : null, rule: text }
      checkSummary(event, subject)
      return escaped === text ? 'plain' : 'escaped'
    },
  }
}

/** The cell stays one cell and holds text only: no element, link or image begins in it. */
function checkCell(escaped: string): void {
  const html = markdown.render(`| a | b |\n| --- | --- |\n| ${escaped} | end |\n`)
  const cells = html.match(/<td>/g)?.length
  demand(cells === 2 && html.includes('<td>end</td>'), 'a cell stays one cell', () => html)
  const tags = (html.match(/<\/?[a-z!][^>]*>/gi) ?? []).filter(
    (tag) => !/^<\/?(table|thead|tbody|tr|th|td)>$/.test(tag),
  )
  demandEqual(tags, [], 'a cell holds text only')
  demand(!/www\./i.test(escaped), 'no name becomes a link', () => escaped)
  demand(!/@\w|[`*_~|<>[\]]/.test(escaped), 'no character of a cell has a meaning', () => escaped)
}

function checkSummary(event: EgressEvent, subject: SummarySubject): void {
  const report = deriveEgressReport([JSON.stringify(event)])
  const text = subject.renderFirewall({
    level: 'enforced',
    mode: 'block',
    limits: [],
    report,
    suggestions: [],
    hasNativeFirewall: false,
  })
  const html = markdown.render(text)
  const rows = html.match(/<tr>/g)?.length ?? 0
  demand(rows === (report.blocked.length === 0 ? 0 : 2), 'a blocked host is one row of the table', () => html)
  demand(!/<(a|img|script|b|details open)\b/i.test(html), 'nothing in a row becomes an element', () => html)
  for (const { title, message } of deriveFirewallAnnotations(report)) {
    // The toolkit writes a title as a property, in which colons are escaped.
    demand(!isCommand(message) && !/[\r\n]/.test(title + message), 'an annotation is one line and no command', () =>
      JSON.stringify([title, message]),
    )
  }
  for (const value of Object.values(deriveBlockedOutputs(report))) {
    demand(typeof value !== 'string' || !value.includes('\0'), 'an output is a text')
  }
}
