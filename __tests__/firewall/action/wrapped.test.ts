import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob, FirewallStep } from './support/firewall-job.ts'
import { createScene, KEY, LIMIT_MS, type Scene } from './support/scene.ts'
import { CORPORATE_PROXY, PROXY_CREDENTIALS } from './support/vendor-addresses.ts'

/** The whole action on a machine where nobody gives root: the agent's commands run behind agent-exec. */
const suite = findObstacle() === undefined ? describe : describe.skip
const ASK =
  'curl -sS -m 5 -H "authorization: Bearer $OPENAI_API_KEY" -H "content-type: application/json" -d \'{"model":"gpt-fake","messages":[]}\' $OPENAI_BASE_URL/chat/completions'
const ALLOWED = { 'allowed-domains': 'allowed.example.com' } as const

suite('a job without root', () => {
  let scene: Scene
  let job: FirewallJob
  let main: FirewallStep
  let before: Readonly<Record<string, string>>

  const wrapped = (line: string, of: FirewallJob = job) =>
    of.agent(`agent-exec -- bash -c '${line.replaceAll("'", `'\\''`)}'`)

  beforeAll(async () => {
    scene = await createScene({ proxy: PROXY_CREDENTIALS })
    await scene.root('rm /etc/sudoers.d/runner; sed -i /lxd/d /etc/sudoers')
    before = await scene.snapshot()
    job = await scene.openJob({ inputs: ALLOWED })
    main = await job.runMain()
  }, LIMIT_MS)
  afterAll(() => scene.close())

  it('is wrapped, and says why and what that leaves open', () => {
    expect({ code: main.code, errors: main.annotations('error'), stderr: main.stderr }).toEqual({
      code: 0,
      errors: [],
      stderr: '',
    })
    expect(job.outputs['firewall-level']).toBe('wrapped')
    expect(main.log).toMatch(/Firewall: wrapped, block \(not enforced: .*sudo/)
    expect(main.annotations('warning')).toEqual([expect.stringContaining('«agent-exec -- <command>»')])
  })

  it('lets a wrapped agent talk to the model through the sidecar', async () => {
    expect((await wrapped(ASK)).stdout).toContain('model-answer')
    const { requests } = await scene.vendors.seen()
    expect(requests.find(({ line }) => line === 'POST /v1/chat/completions')?.credentials).toEqual([`Bearer ${KEY}`])
  })

  it('lets it reach an allowed host and refuses another with the reason', async () => {
    expect((await wrapped('curl -sS -m 5 https://allowed.example.com/in')).stdout).toContain(
      'outside allowed.example.com /in',
    )
    expect((await wrapped('curl -sS -m 5 http://blocked.example.net/')).stdout).toContain('was blocked (not-allowed)')
    expect((await wrapped('curl -sSk -m 5 https://api.openai.com/v1/models')).code).not.toBe(0)
  })

  it('passes on exit codes and input, and shows it neither the relay’s socket nor other processes', async () => {
    expect((await wrapped('exit 7')).code).toBe(7)
    const { stdout } = await wrapped('ls $RUNNER_TEMP/*/relay/socket 2>/dev/null; ps -eo args | grep relay/[i]ndex')
    expect(stdout.trim()).toBe('')
  })

  it('does not filter what is not wrapped, as the warning says', async () => {
    expect((await job.agent('curl -sS -m 5 https://plain.example.com/open')).stdout).toContain('outside')
  })

  it('reports in post and leaves nothing', async () => {
    const post = await job.runPost()
    expect({ code: post.code, errors: post.annotations('error') }).toEqual({ code: 0, errors: [] })
    expect(/### Firewall\n\n(.*)/.exec(job.readSummary())?.[1]).toMatch(/\*\*wrapped, block\*\*.*agent-exec/)
    expect(job.readSummary()).toMatch(
      /blocked\.example\.net<\/code> \| 80 \| http \| 1 \| <code>\/usr\/bin\/curl<\/code>/,
    )
    expect(readdirSync(job.outer('temp'))).toEqual([])
    await job.end()
    expect(await scene.snapshot()).toEqual(before)
  })

  it(
    'leaves nothing when the runner vanishes without post',
    async () => {
      const other = await scene.openJob({ inputs: ALLOWED })
      expect((await other.runMain()).code).toBe(0)
      await other.end()
      expect(await scene.snapshot()).toEqual(before)
    },
    LIMIT_MS,
  )

  it(
    'puts the relay’s forward proxy in the place of a corporate one, to which the relay chains',
    async () => {
      const behind = await scene.openJob({
        inputs: ALLOWED,
        environment: { HTTPS_PROXY: CORPORATE_PROXY, http_proxy: CORPORATE_PROXY },
      })
      expect((await behind.runMain()).code).toBe(0)
      const { stdout } = await wrapped('env | grep -i ^http | sort', behind)
      expect(stdout).toBe('HTTPS_PROXY=http://127.0.0.1:3128\nhttp_proxy=http://127.0.0.1:3128\n')
      expect((await wrapped('curl -sS -m 5 https://allowed.example.com/corp', behind)).stdout).toContain('/corp')
      expect((await wrapped('curl -sS -m 5 https://blocked.example.net/', behind)).stderr).toContain('403')
      expect((await wrapped(ASK, behind)).stdout).toContain('model-answer')
      const { tunnels } = await scene.vendors.seen()
      expect([...new Set(tunnels)].sort()).toEqual(['allowed.example.com:443 200', 'api.openai.com:443 200'])
      await behind.runPost()
      await behind.end()
    },
    LIMIT_MS,
  )
})
