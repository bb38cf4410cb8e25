import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { findProgram } from './find-program.ts'

/** Nothing that asks the browser's maker for anything: the machine of a test may have no network. */
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Debian's Chromium, without a window. */
export function startBrowser(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return chromium.launch({ executablePath: findProgram('chromium') ?? '', args: [...QUIET, ...sandbox] })
}

/** A page, and everything that a reader would not see: complaints, and what it asked for. */
export interface WatchedPage {
  readonly page: Page
  /** Console messages of every kind, and errors nobody caught. */
  readonly complaints: readonly string[]
  /** Origins of all requests. */
  readonly origins: ReadonlySet<string>
}

export async function openPage(context: BrowserContext, url: string): Promise<WatchedPage> {
  const page = await context.newPage()
  // Less than a test has: the message of what was waited for is worth more than that of a test that took too long.
  page.setDefaultTimeout(10_000)
  const complaints: string[] = []
  const origins = new Set<string>()
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => origins.add(new URL(request.url()).origin))
  await page.goto(url)
  return { page, complaints, origins }
}
