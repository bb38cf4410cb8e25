import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { openPage, startBrowser } from '../support/browser.ts'
import { ask } from '../support/http-client.ts'
import { describeWith } from '../support/needs.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { type Sidecar, startSidecar } from '../support/sidecar.ts'
import { RUN_TOKENS, upstreamOf } from '../support/sidecar-launch.ts'

/** Markup that does something without a space in it, so that it can stand in a path. */
const HOSTILE = '<img/src=x/onerror=alert(1)>'
const MODEL = 'gpt-6-codex'
const headers = { authorization: `Bearer ${RUN_TOKENS.other}`, 'content-type': 'application/json' }

describeWith({ programs: ['chromium'], isRoot: false }, 'status page in Chromium', () => {
  let upstream: ScriptedUpstream
  let sidecar: Sidecar
  let browser: Browser
  let url = ''
  const directory = mkdtempSync(join(tmpdir(), 'agent-proxy-page-'))
  const logPath = join(directory, 'firewall.jsonl')

  beforeAll(async () => {
    writeFileSync(logPath, renderBlocked('pypi.org'))
    upstream = await createScriptedUpstream({
      request: (asked, response) => {
        asked.resume()
        asked.on('end', () => {
          response.writeHead(200, { 'content-type': 'application/json' })
          response.end(JSON.stringify({ model: MODEL, usage: { input_tokens: 1200, output_tokens: 34 } }))
        })
      },
    })
    const firewall = { level: 'enforced', mode: 'block', logPath } as const
    const providers = [{ id: 'openai', upstream: upstreamOf(`${upstream.origin}/v1`) }] as const
    sidecar = await startSidecar({ providers, config: { firewall } })
    url = `http://127.0.0.1:${sidecar.managementPort}/`
    browser = await startBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    await sidecar?.[Symbol.asyncDispose]()
    await upstream?.[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true, force: true })
  })

  const post = (path: string): Promise<unknown> =>
    ask(`${sidecar.origin('openai')}${path}`, { method: 'POST', headers, body: JSON.stringify({ model: MODEL }) })
  const readRequests = (page: Page): Promise<string[]> => page.locator('#requests tbody tr').allInnerTexts()

  test('shows a request when it has passed, without being loaded again, and complains about nothing', async () => {
    await using context = await browser.newContext()
    const { page, complaints, origins } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    await post('/v1/responses?key=not-shown')
    await page.locator('#requests').getByText('/v1/responses').waitFor()
    expect(await page.locator('#models').innerText()).toContain(MODEL)
    expect((await readRequests(page)).join()).toMatch(/POST\s+\/v1\/responses\s[\s\S]*200\s+1,200\s+34/)
    expect(await page.content()).not.toContain('not-shown')
    expect(await page.locator('#sentence').innerText()).toMatch(/^\d+ requests?, nothing refused/)
    expect(complaints).toEqual([])
    expect([...origins]).toEqual([new URL(url).origin])
  })

  test('a path and a host that are markup stay text, written by the script and by the server', async () => {
    await using context = await browser.newContext()
    const { page, complaints } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    await postRaw(sidecar.port('openai'), `/v1/${HOSTILE}`)
    appendFileSync(logPath, renderBlocked(HOSTILE))
    await page.locator('#requests').getByText(`/v1/${HOSTILE}`).waitFor()
    await page.locator('#firewall').getByText(HOSTILE).waitFor()
    await page.reload()
    expect(await page.locator('#requests').innerText()).toContain(`/v1/${HOSTILE}`)
    expect(await page.locator('#firewall').innerText()).toContain(HOSTILE)
    expect(await page.locator('img, script:not([src="/status.js"])').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('shows hosts as the firewall blocks them', async () => {
    await using context = await browser.newContext()
    const { page } = await openPage(context, url)
    await page.locator('#firewall').getByText('pypi.org').waitFor()
    appendFileSync(logPath, renderBlocked('exfil.example'))
    await page.locator('#firewall').getByText('exfil.example').waitFor()
    expect(await page.locator('#firewall caption').innerText()).toContain('Firewall: enforced, block')
  })

  test('a paused page stands still until it is let go', async () => {
    await using context = await browser.newContext()
    const { page } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    const before = await readRequests(page)
    await page.getByRole('button', { name: 'Pause' }).focus()
    await page.keyboard.press('Enter')
    // A second page shows when the news is out, so that the first had its chance to move.
    const other = await openPage(context, url)
    await other.page.getByText('Live.').waitFor()
    await post('/v1/paused')
    await other.page.locator('#requests').getByText('/v1/paused').first().waitFor()
    expect(await readRequests(page)).toEqual(before)
    await page.keyboard.press('Enter')
    await page.locator('#requests').getByText('/v1/paused').first().waitFor()
  })

  test('the Pause button claims nothing while the page is not connected', async () => {
    await using context = await browser.newContext()
    await context.route('**/events', (route) => route.abort())
    const { page } = await openPage(context, url)
    const state = page.locator('#state')
    await state.getByText(/^Not (live|connected)/).waitFor()
    const said = await state.innerText()
    for (const _press of ['pause', 'go on']) {
      await page.getByRole('button', { name: 'Pause' }).click()
      expect(await state.innerText()).toBe(said)
      expect(await state.getAttribute('class')).toBe('bad')
    }
  })

  test('without script it is a true snapshot', async () => {
    await using context = await browser.newContext({ javaScriptEnabled: false })
    await post('/v1/snapshot')
    const { page } = await openPage(context, url)
    expect(await page.locator('#requests').innerText()).toContain('/v1/snapshot')
    expect(await page.locator('#state').innerText()).toContain('Snapshot')
    expect(await page.getByRole('button').count()).toBe(0)
  })

  test('comes back by itself after the worker has died', async () => {
    await using context = await browser.newContext()
    const { page } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    process.kill(await sidecar.waitForWorker(), 'SIGKILL')
    await page.locator('#requests caption').getByText('before the last restart').waitFor()
    await page.getByText('Live.').waitFor()
  })

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)('%s at %i pixels: readable colours, nothing wider than the screen', async (colorScheme, width) => {
    await using context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
    const { page } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(await page.evaluate(LOWEST_CONTRAST)).toBeGreaterThanOrEqual(4.5)
    const pictures = process.env.AGENT_PROXY_TEST_PICTURES
    if (pictures !== undefined)
      await page.screenshot({ path: join(pictures, `${colorScheme}-${width}.png`), fullPage: true })
  })

  test('every table has a name, every column a head, and the keyboard reaches what scrolls', async () => {
    await using context = await browser.newContext()
    const { page } = await openPage(context, url)
    await page.getByText('Live.').waitFor()
    for (const name of ['Keys and routes', 'Firewall', 'Traffic', 'Models', 'Requests'])
      expect(await page.getByRole('table', { name }).count()).toBe(1)
    expect(await page.locator('table:has(th:not([scope="col"]))').count()).toBe(0)
    expect(await page.locator('section:not([tabindex="0"])').count()).toBe(0)
    expect(await page.getByRole('status').count()).toBe(1)
  })
})

/** The path as it is: a URL would have its angle brackets encoded. */
async function postRaw(port: number, path: string): Promise<void> {
  const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false }).end('{}')
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  await once(response.resume(), 'close')
}

function renderBlocked(host: string): string {
  const event = { kind: 'egress', time: '', verdict: 'blocked', protocol: 'tls', host, port: 443, address: null }
  return `${JSON.stringify({ ...event, reason: 'not-allowed', program: '/usr/bin/curl', uid: 1001, pid: 1, bytesIn: 0, bytesOut: 0, ms: 1 })}\n`
}

/** The lowest contrast of a text against the back that is drawn behind it, as WCAG counts it. Runs in the page. */
const LOWEST_CONTRAST = `(() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number)
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    return 0.2126 * x + 0.7152 * y + 0.0722 * z
  }
  const backOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor)
      if (colour.length < 4 || colour[3] > 0) return colour
    }
    return [255, 255, 255]
  }
  const ratios = [...document.querySelectorAll('h1, p, span, button, dt, dd, th, td, small')]
    .filter((element) => element.textContent.trim() !== '' && element.getClientRects().length > 0)
    .map((element) => [light(parse(getComputedStyle(element).color)), light(backOf(element))].sort((a, b) => b - a))
    .map(([more, less]) => (more + 0.05) / (less + 0.05))
  return Math.min(...ratios)
})()`
