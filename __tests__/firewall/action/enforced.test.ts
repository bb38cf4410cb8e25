import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ScanOrder, ScanResult } from '../../e2e/scan-for-secrets.ts'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob, FirewallStep } from './support/firewall-job.ts'
import { createScene, KEY, LIMIT_MS, type Scene } from './support/scene.ts'

/** The whole action at the enforced level, in one job: main, what an agent can and cannot do, post, the end of the job. */
const suite = findObstacle() === undefined ? describe : describe.skip
const ASK =
  'curl -sS -m 5 -H "authorization: Bearer $OPENAI_API_KEY" -H "content-type: application/json" -d \'{"model":"gpt-fake","messages":[]}\' $OPENAI_BASE_URL/chat/completions'

suite('a job at the enforced level', () => {
  let scene: Scene
  let job: FirewallJob
  let before: Readonly<Record<string, string>>
  let main: FirewallStep

  beforeAll(async () => {
    scene = await createScene()
    before = await scene.snapshot()
    job = await scene.openJob({ inputs: { 'allowed-domains': 'allowed.example.com', 'log-directory': 'logs' } })
    main = await job.runMain()
  }, LIMIT_MS)
  afterAll(() => scene.close())

  it('succeeds as the runner’s user, without an error or a warning of its own', () => {
    expect({ code: main.code, errors: main.annotations('error'), stderr: main.stderr }).toEqual({
      code: 0,
      errors: [],
      stderr: '',
    })
    expect(main.log).toContain('Firewall: enforced, block')
  })

  it('says in its outputs which level was reached and where the log is', () => {
    expect(job.outputs).toMatchObject({
      'firewall-level': 'enforced',
      'blocked-count': '0',
      'blocked-hosts': '',
      'sidecar-domains': 'api.openai.com',
    })
    expect(job.outputs['allowed-domains']?.split(',')).toContain('https://allowed.example.com')
    expect(job.read(job.outputs['firewall-log'] ?? '')).toContain('"started"')
  })

  it('names only log directories that hold logs', () => {
    const said = /logs in (\S+)/.exec(main.log)?.[1] ?? ''
    expect(said).toBe(job.outputs['log-directory'])
    expect(job.read(`${said}/access.jsonl`)).toContain('"what":"ready"')
  })

  it('exports endpoint and placeholder, and no proxy when the job has none', () => {
    expect(Object.keys(job.exported).sort()).toEqual(['NO_PROXY', 'OPENAI_API_KEY', 'OPENAI_BASE_URL', 'no_proxy'])
  })

  it('runs sidecar and relay under uids of their own', async () => {
    const uids = (await scene.root('ps -eo uid,args | grep -v grep | grep /var/lib/setup-agent-proxy/')).trim()
    const names = uids
      .split('\n')
      .map((line) => `${line.trim().split(' ')[0]} ${/(\w[\w-]*)\/index\.js/.exec(line)?.[1]}`)
    expect([...new Set(names)].sort()).toEqual(
      expect.arrayContaining([expect.stringMatching(/^0 guard/), '1900000001 relay']),
    )
    expect(uids).toMatch(/^ *1900000002 .*sidecar/m)
  })

  it('lets the agent talk to the model through the sidecar, with the real key beyond it', async () => {
    const { stdout } = await job.agent(ASK)
    expect(stdout).toContain('model-answer')
    const { requests } = await scene.vendors.seen()
    const asked = requests.find(({ line }) => line === 'POST /v1/chat/completions')
    expect(asked?.credentials).toEqual([`Bearer ${KEY}`])
  })

  it('lets the agent reach an allowed host', async () => {
    const { stdout, stderr } = await job.agent('curl -sS -m 5 https://allowed.example.com/allowed')
    expect({ stdout, stderr }).toEqual({ stdout: 'outside allowed.example.com /allowed\n', stderr: '' })
  })

  it('refuses a blocked host at once and says why', async () => {
    const { stdout, ms } = await job.agent('curl -sS -m 5 http://blocked.example.net/')
    expect(stdout).toContain('blocked.example.net:80 was blocked (not-allowed)')
    expect(ms).toBeLessThan(2000)
    expect((await job.agent('curl -sS -m 5 https://blocked.example.net/')).stderr).toContain('unrecognized name')
  })

  it.each([
    ['sudo', 'sudo -n true'],
    ['the socket of docker', 'test -w /run/docker.sock'],
    ['the logs', 'echo x >>$(dirname $FIREWALL_LOG)/access.jsonl'],
    ['the log of the firewall', 'echo x >>$FIREWALL_LOG'],
    ['the guard', 'kill $(pgrep -f "guard/index.js guard")'],
    ['the model host itself', 'curl -sSk -m 5 https://api.openai.com/v1/models'],
  ])('closes %s for the agent', async (_what, line) => {
    expect((await job.agent(line, { FIREWALL_LOG: job.outputs['firewall-log'] ?? '' })).code).not.toBe(0)
  })

  it('leaves no key where the agent’s user can read: environments, command lines, memory, descriptors, files', async () => {
    writeFileSync(job.outer('workspace/planted'), 'what the scan must find')
    const order: ScanOrder = {
      needles: [
        { name: 'key', value: KEY },
        { name: 'planted', value: 'what the scan must find' },
      ],
      directories: ['/mnt/stage/jobs', '/var/lib/setup-agent-proxy', '/tmp', '/run'],
      exclude: [job.pid],
    }
    const reversed = JSON.stringify(order).split('').reverse().join('')
    const scan = `node --disable-warning=ExperimentalWarning /mnt/stage/scan-for-secrets.ts`
    const { stdout, stderr } = await job.agent(`rev <<<"$ORDER" | ${scan}`, { ORDER: reversed })
    const { found } = JSON.parse(stdout || '{}') as ScanResult
    expect({ found, stderr }).toEqual({ found: [`planted in ${job.inner('workspace/planted')}`], stderr: '' })
  })

  it('reports in post: level first, what was blocked with its program, annotations, copies of the logs', async () => {
    const post = await job.runPost()
    expect({ code: post.code, errors: post.annotations('error') }).toEqual({ code: 0, errors: [] })
    const summary = job.readSummary()
    expect(summary.indexOf('### Firewall')).toBeLessThan(summary.indexOf('### Keys'))
    expect(/### Firewall\n\n(.*)/.exec(summary)?.[1]).toMatch(/\*\*enforced, block\*\*/)
    expect(summary).toMatch(/blocked\.example\.net<\/code> \| 80 \| http \| 1 \| <code>\/usr\/bin\/curl<\/code>/)
    expect(post.annotations('warning')).toEqual(
      expect.arrayContaining([expect.stringContaining('blocked.example.net was blocked')]),
    )
    expect(readdirSync(job.outer('workspace/logs')).sort()).toEqual(['access.jsonl', 'firewall.jsonl', 'sidecar.log'])
    expect(readFileSync(job.outer('workspace/logs/firewall.jsonl'), 'utf8')).toContain('blocked.example.net')
    expect(existsSync(job.outer('temp'))).toBe(true)
    expect(readdirSync(job.outer('temp'))).toEqual([])
  })

  it('stands until the job is over, also after post', async () => {
    expect((await job.agent('sudo -n true')).code).not.toBe(0)
    expect((await job.agent('curl -sS -m 5 http://blocked.example.net/')).stdout).toContain('was blocked')
  })

  it('gives everything back when the runner’s process ends', async () => {
    await job.end()
    expect(await scene.snapshot()).toEqual(before)
    const left = (await scene.root('find /var/lib/setup-agent-proxy -type f ! -path "*/logs/*"')).trim()
    expect(left).toBe('/var/lib/setup-agent-proxy/node/node')
    const next = await scene.openJob()
    expect((await next.agent('sudo -n true')).code).toBe(0)
    await next.end()
  })

  it(
    'can be set up again by the next job',
    async () => {
      const next = await scene.openJob({ inputs: { 'fail-on-blocked': 'true' } })
      expect((await next.runMain()).code).toBe(0)
      await next.agent('curl -s -m 5 http://blocked.example.net/')
      const post = await next.runPost()
      expect(post.code).toBe(1)
      expect(post.annotations('error')).toEqual([expect.stringContaining('blocked.example.net')])
      await next.end()
      expect(await scene.snapshot()).toEqual(before)
    },
    LIMIT_MS,
  )
})
