import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { waitUntil } from '../../support/wait-until.ts'
import { findObstacle } from '../harness/requirements.ts'
import type { FirewallJob } from './support/firewall-job.ts'
import { createScene, KEY, LIMIT_MS, type Scene } from './support/scene.ts'

/** Credentials of commands and files while the sidecar has a uid of its own: the guard's broker runs them as the runner's user. */
const suite = findObstacle() === undefined ? describe : describe.skip
const SECOND = KEY.replace('Rl3k', 'Zq7p')
const ASK =
  'curl -s -o /dev/null -w "%{http_code}" -m 5 -H "authorization: Bearer $OPENAI_API_KEY" $OPENAI_BASE_URL/models'

suite('a credential at the enforced level', () => {
  let scene: Scene
  let job: FirewallJob | undefined

  beforeAll(async () => {
    scene = await createScene({ hosts: { 'api.openai.com': { kind: 'openai', keys: [KEY, SECOND] } } })
  }, LIMIT_MS)
  afterEach(async () => {
    await job?.end()
  })
  afterAll(() => scene.close())

  const lastKey = async (): Promise<string | undefined> => (await scene.vendors.seen()).requests.at(-1)?.credentials[0]

  it(
    'of a command is minted as the runner’s user, and minted again before it expires',
    async () => {
      const made = await scene.openJob()
      job = made
      const program = made.outer('workspace/mint')
      writeFileSync(
        program,
        `#!/bin/bash
n=$(cat ${made.inner('workspace')}/count 2>/dev/null || echo 0); echo $((n + 1)) >${made.inner('workspace')}/count
id -u >${made.inner('workspace')}/uid; id -G >>${made.inner('workspace')}/uid; pwd >>${made.inner('workspace')}/uid
[ "$MINT_SECRET" = open-sesame ] || exit 3
[ $n = 0 ] && key=${KEY} || key=${SECOND}
echo "{\\"access_token\\":\\"$key\\",\\"expires_in\\":$([ $n = 0 ] && echo 35 || echo 3600)}"
`,
      )
      chmodSync(program, 0o755)
      const inputs = {
        'openai-api-key-command': JSON.stringify([made.inner('workspace/mint')]),
        'command-environment': 'MINT_SECRET',
      }
      const again = await scene.openJob({ inputs, environment: { MINT_SECRET: 'open-sesame' } })
      await scene.root(`kill -9 ${made.pid}; chown -R 1001 ${made.inner('workspace')}`)
      job = again
      const main = await again.runMain()
      expect({ code: main.code, errors: main.annotations('error') }).toEqual({ code: 0, errors: [] })
      expect(main.annotations('notice')).toEqual([expect.stringContaining('must stand in allowed-domains')])
      expect((await again.agent(ASK)).stdout).toBe('200')
      const [uid, groups, directory] = readFileSync(made.outer('workspace/uid'), 'utf8').split('\n')
      expect({ uid, groups, directory }).toEqual({
        uid: '1001',
        groups: '1001 4001 4002',
        directory: again.inner('temp'),
      })
      await waitUntil('the second token is used', async () => {
        await again.agent(ASK)
        return (await lastKey()) === `Bearer ${SECOND}`
      })
      const post = await again.runPost()
      expect({ code: post.code, errors: post.annotations('error') }).toEqual({ code: 0, errors: [] })
    },
    LIMIT_MS,
  )

  it('of a command that fails stops the step with its reason', async () => {
    job = await scene.openJob({
      inputs: { 'openai-api-key-command': '["/bin/bash","-c","echo please log in >&2; exit 4"]' },
    })
    const main = await job.runMain()
    expect(main.code).toBe(1)
    expect(main.annotations('error')).toEqual([
      expect.stringMatching(/openai-api-key-command.*exit code 4.*please log in/),
    ])
  })

  it(
    'of a file that only the runner’s user may read is served, also after it was replaced',
    async () => {
      const owner = await scene.openJob()
      const write = async (key: string): Promise<void> => {
        writeFileSync(owner.outer('workspace/new'), `${key}\n`)
        chmodSync(owner.outer('workspace/new'), 0o600)
        await scene.root(`chown 1001 ${owner.inner('workspace/new')}`)
        renameSync(owner.outer('workspace/new'), owner.outer('workspace/key'))
      }
      await write(KEY)
      await scene.root(`kill -9 ${owner.pid}`)
      const made = await scene.openJob({
        inputs: { 'openai-api-key-file': owner.inner('workspace/key') },
      })
      job = made
      const main = await made.runMain()
      expect({ code: main.code, errors: main.annotations('error') }).toEqual({ code: 0, errors: [] })
      expect((await made.agent(ASK)).stdout).toBe('200')
      expect(await lastKey()).toBe(`Bearer ${KEY}`)
      await write(SECOND)
      await waitUntil('the second key is used', async () => {
        await made.agent(ASK)
        return (await lastKey()) === `Bearer ${SECOND}`
      })
    },
    LIMIT_MS,
  )
})
