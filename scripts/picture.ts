// Makes the pictures of docs/ anew, from figures that are made up (scripts/picture/figures.ts):
//
//   npm run picture
//
// The job summary is rendered as GitHub does it, near enough to judge it: Markdown to HTML, Mermaid to a drawing. Mermaid is
// fetched by npm for this alone; its size would be a burden for everybody who only runs the tests. Needs Chromium.
import { type ExecFileSyncOptionsWithStringEncoding, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import MarkdownIt from 'markdown-it'
import type { Browser } from 'playwright-core'
import { startBrowser } from '../__tests__/support/browser.ts'
import { deriveEgressDigest } from '../src/core/report/egress-digest.ts'
import { createStatusPage } from '../src/sidecar/worker/status/status-page.ts'
import { CHECKS, EGRESS, EVENTS, REPORT, renderExampleSummary } from './picture/figures.ts'
import { SUMMARY_STYLE } from './picture/summary-style.ts'

const DOCS = path.join(import.meta.dirname, '..', 'docs')
const MERMAID = {
  name: 'mermaid@11.12.1',
  integrity: 'sha512-UlIZrRariB11TY1RtTgUWp65tphtBv4CSq7vyS2ZZ2TgoMjs2nloq+wFqxiwcxlhHUvs7DPGgMjs2aeQxz5h9g==',
}

const browser = await startBrowser()
try {
  await pictureSummary(browser)
  await pictureStatusPage(browser)
} finally {
  await browser.close()
}

async function pictureSummary(from: Browser): Promise<void> {
  const context = await from.newContext({ viewport: { width: 1000, height: 600 }, colorScheme: 'light' })
  const page = await context.newPage()
  await page.setContent(renderDocument(renderExampleSummary()))
  await page.addScriptTag({ content: fetchMermaid() })
  await page.evaluate("mermaid.initialize({ startOnLoad: false }); mermaid.run({ querySelector: '.mermaid' })")
  await page.locator('article').screenshot({ path: path.join(DOCS, 'job-summary.png') })
  await context.close()
}

function renderDocument(markdown: string): string {
  const renderer = new MarkdownIt({ html: true })
  const fence = renderer.renderer.rules.fence
  renderer.renderer.rules.fence = (tokens, index, options, environment, self) => {
    const token = tokens[index]
    if (token?.info === 'mermaid') return `<pre class="mermaid">${renderer.utils.escapeHtml(token.content)}</pre>`
    return fence?.(tokens, index, options, environment, self) ?? ''
  }
  const banner = '<p class="banner">Example. Every figure is made up.</p>'
  return `<!doctype html><meta charset="utf-8"><style>${SUMMARY_STYLE}</style><article>${banner}${renderer.render(markdown)}</article>`
}

function fetchMermaid(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'agent-proxy-picture-'))
  try {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      cwd: directory,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }
    const [packed] = JSON.parse(execFileSync('npm', ['pack', MERMAID.name, '--json'], options)) as Packed[]
    if (packed?.integrity !== MERMAID.integrity)
      throw new Error(`${MERMAID.name} is not what it was: ${packed?.integrity}`)
    execFileSync('tar', ['-xzf', packed.filename, 'package/dist/mermaid.min.js'], options)
    return readFileSync(path.join(directory, 'package/dist/mermaid.min.js'), 'utf8')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

interface Packed {
  readonly filename: string
  readonly integrity: string
}

async function pictureStatusPage(from: Browser): Promise<void> {
  const status = createStatusPage({
    config: { runId: 'example', runnerUid: null, firewall: { level: 'enforced', mode: 'block', logPath: '' } },
    checks: () => CHECKS,
    report: () => REPORT,
    ports: () => ({ management: 0, providers: { copilot: 10002, openai: 10000, anthropic: 10001 } }),
    redact: (text) => text,
    askFirewall: () => status.onFirewallDigest(deriveEgressDigest(EGRESS, false)),
  })
  for (const event of EVENTS) status.push(JSON.stringify(event))
  const server = createServer((request, response) => {
    if (!status.answer(request.url ?? '', request, response)) response.writeHead(404).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const context = await from.newContext({ viewport: { width: 1200, height: 1480 }, colorScheme: 'dark' })
  const page = await context.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  await page.getByText('Live.').waitFor()
  await page.screenshot({ path: path.join(DOCS, 'status-page.png') })
  await context.close()
  server.closeAllConnections()
  server.close()
}
