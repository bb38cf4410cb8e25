import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob } from './support/firewall-job.ts'
import { createScene, LIMIT_MS, type Scene } from './support/scene.ts'

/** Jobs that differ from the ordinary one: audit, no firewall, no provider, root, what stays open on purpose. */
const suite = findObstacle() === undefined ? describe : describe.skip

suite('the whole action', () => {
  let scene: Scene
  let job: FirewallJob | undefined
  let before: Readonly<Record<string, string>>

  beforeAll(async () => {
    scene = await createScene()
    before = await scene.snapshot()
  }, LIMIT_MS)
  afterEach(async () => {
    await job?.end()
    expect(await scene.snapshot()).toEqual(before)
  })
  afterAll(() => scene.close())

  const open = async (inputs: Readonly<Record<string, string>>, user?: 'root'): Promise<FirewallJob> => {
    job = await scene.openJob(user === undefined ? { inputs } : { inputs, user })
    return job
  }

  it(
    'audits: stops nothing and says what block would stop',
    async () => {
      const audit = await open({ 'egress-policy': 'audit' })
      expect((await audit.runMain()).code).toBe(0)
      expect((await audit.agent('curl -sS -m 5 https://allowed.example.com/passed')).stdout).toContain('/passed')
      const post = await audit.runPost()
      expect({ code: post.code, errors: post.annotations('error') }).toEqual({ code: 0, errors: [] })
      expect(post.annotations('warning')).toEqual(
        expect.arrayContaining([expect.stringContaining('allowed.example.com would be blocked')]),
      )
      expect(audit.readSummary()).toMatch(/\*\*enforced, audit\*\*/)
    },
    LIMIT_MS,
  )

  it(
    'changes nothing on the machine with egress-policy: off',
    async () => {
      const off = await open({ 'egress-policy': 'off' })
      expect((await off.runMain()).code).toBe(0)
      expect({ ...(await scene.snapshot()), processes: '' }).toEqual(before)
      expect((await off.agent('curl -sS -m 5 https://allowed.example.com/')).stdout).toContain('outside')
      expect(
        (await off.agent('curl -sS -m 5 $OPENAI_BASE_URL/models -H "authorization: Bearer $OPENAI_API_KEY"')).stdout,
      ).toContain('gpt-fake')
      await off.runPost()
      expect(off.readSummary()).not.toContain('### Firewall')
    },
    LIMIT_MS,
  )

  it(
    'stands without any provider, when on-missing skips the only one',
    async () => {
      const alone = await open({
        'openai-api-key': '',
        'on-missing': 'skip',
        'allowed-domains': 'allowed.example.com',
      })
      const main = await alone.runMain()
      expect({ code: main.code, errors: main.annotations('error') }).toEqual({ code: 0, errors: [] })
      expect(main.annotations('notice')).toEqual([expect.stringContaining('openai-api-key is empty')])
      expect(alone.outputs['firewall-level']).toBe('enforced')
      expect((await alone.agent('curl -sS -m 5 https://allowed.example.com/')).stdout).toContain('outside')
      expect((await alone.agent('curl -sS -m 5 http://blocked.example.net/')).stdout).toContain('was blocked')
      const post = await alone.runPost()
      expect(post.annotations('warning').join()).not.toContain('sidecar was not used')
      expect(alone.readSummary()).toContain('the firewall stood alone')
      expect(alone.readSummary()).toContain('blocked.example.net')
      expect(alone.readSummary()).not.toMatch(/No request reached|### Keys/)
    },
    LIMIT_MS,
  )

  it(
    'filters a job of root, and says that root can take the firewall down',
    async () => {
      const root = await open({ 'allowed-domains': 'allowed.example.com' }, 'root')
      const main = await root.runMain()
      expect({ code: main.code, errors: main.annotations('error') }).toEqual({ code: 0, errors: [] })
      expect(main.annotations('warning').join()).toContain('This job runs as root')
      expect((await root.agent('curl -sS -m 5 https://allowed.example.com/')).stdout).toContain('outside')
      expect((await root.agent('curl -sS -m 5 http://blocked.example.net/')).stdout).toContain('was blocked')
      await root.runPost()
      expect(root.readSummary()).toContain('This job runs as root')
    },
    LIMIT_MS,
  )

  it(
    'keeps sudo and docker open where that is asked for, and says what it means',
    async () => {
      const kept = await open({ sudo: 'keep', docker: 'keep' })
      const main = await kept.runMain()
      expect(main.annotations('warning').join()).toMatch(/sudo stays open.*docker\.sock.*docker: keep/)
      expect((await kept.agent('sudo -n true; echo $?')).stdout).toBe('0\n')
      expect((await kept.agent('test -w /run/docker.sock; echo $?')).stdout).toBe('0\n')
      await kept.runPost()
      expect(kept.readSummary()).toMatch(/⚠️ \*\*enforced, block\*\*.*sudo stays open/)
    },
    LIMIT_MS,
  )
})
