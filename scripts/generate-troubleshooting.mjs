// Fills the generated parts of docs/troubleshooting.md from the tables in src/core: faults, refusals with their statuses, the
// dictionaries of causes, the reasons of the firewall, and the sentences of the CLIs.
//
//   node scripts/generate-troubleshooting.mjs           writes
//   node scripts/generate-troubleshooting.mjs --check   only says whether the file is current
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ALL_SOURCE_CAUSES } from '../src/core/credentials/source-cause-table.ts'
import { AGENT_SENTENCES } from '../src/core/explain/agent-sentences.ts'
import { FAULT_ADVICE } from '../src/core/explain/fault-advice.ts'
import { REFUSAL_ADVICE } from '../src/core/explain/refusal-advice.ts'
import { BLOCK_REASONS } from '../src/core/policy/reasons.ts'
import { CAUSES } from '../src/core/probes/cause-table.ts'
import { REFUSALS, renderRefusal } from '../src/core/refusals.ts'

const file = path.join(import.meta.dirname, '..', 'docs', 'troubleshooting.md')
const DIALECTS = ['openai', 'copilot', 'anthropic', 'google']

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`

function renderRefusals() {
  const head = ['code', 'OpenAI, Azure', 'Copilot', 'Anthropic', 'Google', 'sentence']
  const rows = Object.entries(REFUSALS).map(([code, { sentence }]) => [
    `[${code}](#${code})`,
    ...DIALECTS.map((dialect) => String(renderRefusal(code, dialect).status)),
    sentence,
  ])
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

// Several rows may share a code; the first one carries the anchor, so that links to a code lead somewhere.
function renderDictionary(causes, column, read) {
  const head = ['code', 'seen', column, 'what we say', 'what to do']
  const anchored = new Set()
  const rows = causes.map((cause) => {
    const { code, seen, message, fix } = cause
    const anchor = anchored.has(code) ? '' : `<a id="${code}"></a>`
    anchored.add(code)
    return [`${anchor}\`${code}\``, seen, read(cause), message, fix]
  })
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

const renderCauses = () => renderDictionary(CAUSES, 'verdict', ({ verdict }) => verdict)
const renderSources = () =>
  renderDictionary(ALL_SOURCE_CAUSES, 'tried again', ({ isPermanent }) => (isPermanent ? 'three times' : 'yes'))

function renderReasons() {
  const head = ['reason', 'what we say', 'what to do']
  const rows = Object.entries(BLOCK_REASONS).map(([code, { sentence, fix }]) => [
    `<a id="${code}"></a>\`${code}\``,
    sentence,
    fix,
  ])
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

function renderAdvice(advice) {
  return Object.entries(advice)
    .map(([code, { cause, fix }]) => `### ${code}\n\n${cause} **Fix**: ${fix}\n`)
    .join('\n')
}

function renderAgents() {
  const head = ['it prints', 'cause', 'fix']
  return AGENT_SENTENCES.map(({ client, sentences }) => {
    const rows = sentences.map((sentence) => [renderPrinted(sentence), sentence.cause, sentence.fix])
    return [`### ${client}`, '', row(head), row(head.map(() => '---')), ...rows.map(row), ''].join('\n')
  }).join('\n')
}

function renderPrinted({ prints, note, exitCode }) {
  const texts = prints.map((text) => `\`${text}\``).join(' … ')
  const parts = [texts, note ?? '', exitCode === undefined ? '' : `exit ${exitCode}`]
  return parts.filter((part) => part !== '').join(' ')
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. Throws when the markers are missing. */
function fillMarkers(text, name, content) {
  const pattern = new RegExp(`(<!-- ${name}:start -->\n)[\\s\\S]*?(<!-- ${name}:end -->)`)
  if (!pattern.test(text)) throw new Error(`docs/troubleshooting.md has no markers for ${name}`)
  return text.replace(pattern, (_match, start, end) => `${start}${content}\n${end}`)
}

const before = readFileSync(file, 'utf8')
const PARTS = {
  faults: () => renderAdvice(FAULT_ADVICE),
  refusals: renderRefusals,
  'refusal-advice': () => renderAdvice(REFUSAL_ADVICE),
  causes: renderCauses,
  sources: renderSources,
  reasons: renderReasons,
  agents: renderAgents,
}
const after = Object.entries(PARTS).reduce((text, [name, render]) => fillMarkers(text, name, render()), before)
if (!process.argv.includes('--check')) writeFileSync(file, after)
else if (before !== after) {
  console.error('docs/troubleshooting.md is not current. Run "npm run docs".')
  process.exit(1)
}
