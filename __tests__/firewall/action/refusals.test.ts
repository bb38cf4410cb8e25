import { readdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { waitUntil } from '../../support/wait-until.ts'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob, FirewallStep } from './support/firewall-job.ts'
import { createScene, LIMIT_MS, type Scene } from './support/scene.ts'

/** The step fails and says why, and then nothing of it is left on the machine. */
const suite = findObstacle() === undefined ? describe : describe.skip

suite('a step that cannot set up the firewall', () => {
  let scene: Scene
  let job: FirewallJob | undefined
  let before: Readonly<Record<string, string>>
  const mends: string[] = []

  beforeAll(async () => {
    scene = await createScene()
    before = await scene.snapshot()
  }, LIMIT_MS)
  afterEach(async () => {
    await job?.end()
    job = undefined
    for (const line of mends.splice(0).reverse()) await scene.root(line)
  })
  afterAll(() => scene.close())

  const harm = async (line: string, mend: string): Promise<void> => {
    mends.push(mend)
    await scene.root(line)
  }

  const expectRefused = (main: FirewallStep, sentence: RegExp): void => {
    expect({ code: main.code, stderr: main.stderr }).toEqual({ code: 1, stderr: '' })
    expect(main.annotations('error')).toEqual([expect.stringMatching(sentence)])
    expect([job?.outputs, job?.exported, job?.paths]).toEqual([{}, {}, []])
    expect(readdirSync(job?.outer('temp') ?? '')).toEqual([])
  }

  it('fails with the sentence about a rejected key, and has changed nothing', async () => {
    job = await scene.openJob({
      inputs: { 'openai-api-key': 'sk-proj-of-the-right-shape-that-nobody-knows-000000000' },
    })
    expectRefused(await job.runMain(), /OpenAI/)
    expect(await scene.snapshot()).toEqual(before)
    expect((await job.agent('sudo -n true')).code).toBe(0)
  })

  it.each([
    ['auto', /No level of the firewall that blocks is possible .*nft is missing.*Not wrapped.*nft/],
    ['enforced', /firewall-level: enforced is possible|nft is missing/],
  ])('fails without nft, at the level %s', async (level, sentence) => {
    await harm('mount --bind /dev/null /usr/sbin/nft', 'umount /usr/sbin/nft')
    job = await scene.openJob({ inputs: { 'firewall-level': level } })
    expectRefused(await job.runMain(), sentence)
    expect((await job.agent('sudo -n true')).code).toBe(0)
    await scene.root(mends.pop() ?? '')
    expect(await scene.snapshot()).toEqual(before)
  })

  it('fails when a rule of sudo survives the denial, and takes back what it did', async () => {
    await harm(
      'cp -a /etc/sudoers /etc/keep; echo "runner ALL=(ALL) NOPASSWD: ALL" >>/etc/sudoers',
      'mv /etc/keep /etc/sudoers',
    )
    const harmed = await scene.snapshot()
    job = await scene.openJob()
    expectRefused(await job.runMain(), /still becomes root by sudo/)
    expect(await scene.snapshot()).toEqual(harmed)
  })

  it.each([
    // In brackets: or the shell that looks would find its own command line.
    ['the guard starts', 'pgrep -f "dist/[g]uard/index.js"'],
    ['the sidecar runs', 'pgrep -u 1900000002'],
    ['the rules are loaded', 'nft list table inet setup_agent_proxy'],
  ])(
    'leaves nothing when it is cancelled while %s',
    async (_when, sign) => {
      job = await scene.openJob()
      const stop = scene.root(
        `timeout 10 bash -c 'until ${sign}; do :; done' >/dev/null 2>&1; pkill -INT -f 'dist/[m]ain/index.js'`,
      )
      const main = await job.runMain()
      await stop
      expect(main.code).toBe(1)
      expect(main.annotations('error')).toEqual([expect.stringContaining('The step was cancelled')])
      await waitUntil('nothing is left', async () => (await scene.snapshot()).processes === '')
      expect(await scene.snapshot()).toEqual(before)
      expect(readdirSync(job.outer('temp'))).toEqual([])
    },
    LIMIT_MS,
  )

  it('fails in a job container, whose end cannot be seen', async () => {
    job = await scene.openJob({ inputs: { 'firewall-level': 'enforced' }, user: 'root' })
    const { args, file, env } = job.command('main', {})
    const result = await job.run({ file: 'unshare', args: ['--pid', '--fork', '--mount-proc', file, ...args], env })
    expect(result.stdout).toMatch(/::error.*in a job container the process of the job cannot be watched/)
    expect(result.code).toBe(1)
    expect(await scene.snapshot()).toEqual(before)
  })

  it(
    'fails when another job holds the firewall, which stands unharmed',
    async () => {
      job = await scene.openJob({ inputs: { 'allowed-domains': 'allowed.example.com' } })
      await job.runMain()
      const held = await scene.snapshot()
      const others = [await scene.openJob(), await scene.openJob({ user: 'root' })]
      for (const other of others) {
        const main = await other.runMain()
        expect(main.code).toBe(1)
        expect(main.annotations('error')).toEqual([expect.stringMatching(/Another job on this machine/)])
        await scene.root(`kill -9 ${other.pid}`)
      }
      expect(await scene.snapshot()).toEqual(held)
      expect((await job.agent('curl -sS -m 5 https://allowed.example.com/')).stdout).toContain('outside')
    },
    LIMIT_MS,
  )

  it('fails when the machine knows no name server but itself', async () => {
    await harm('mv /run/systemd/resolve/resolv.conf /run/keep', 'mv /run/keep /run/systemd/resolve/resolv.conf')
    job = await scene.openJob()
    expectRefused(await job.runMain(), /finds no name servers/)
    expect(await scene.snapshot()).toEqual(before)
  })
})
