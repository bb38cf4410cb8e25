import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'
import { describeWith } from '../support/needs.ts'
import { Job } from '../support/runner.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { waitUntil } from '../support/wait-until.ts'
import { assertJobClean } from './support/job-search.ts'
import { Scene } from './support/scene.ts'

const DISK_KIB = 64
const REQUESTS = 300

/** A file system of 64 KiB that only a process of ours has, seen from outside through that process. */
async function createSmallDisk(): Promise<AsyncDisposable & { readonly directory: string }> {
  const place = mkdtempSync(join(tmpdir(), 'agent-proxy-disk-'))
  const script = 'mount -t tmpfs -o size="$2"k tmpfs "$1" && echo ready && exec sleep infinity'
  const holder = spawn('unshare', ['--mount', 'sh', '-c', script, 'sh', place, String(DISK_KIB)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  return {
    directory: `/proc/${holder.pid}/root${place}`,
    [Symbol.asyncDispose]: async () => {
      holder.kill('SIGKILL')
      await once(holder, 'exit')
      rmSync(place, { recursive: true })
    },
  }
}

describeWith({ programs: ['unshare'], isRoot: true }, 'sidecar: a disk of 64 KiB for its log', () => {
  test('that fills up costs log lines, which are counted and told of once, and no request; with room it goes on', async () => {
    await using disk = await createSmallDisk()
    await using upstream = await createScriptedUpstream({})
    const path = join(disk.directory, 'access.jsonl')
    writeFileSync(join(disk.directory, 'filler'), Buffer.alloc((DISK_KIB / 2) * 1024))
    await using scene = await Scene.open({
      origin: upstream.origin,
      accessLog: path,
      mayWarn: / error access log: .*ENOSPC/,
    })
    const ask = async (): Promise<void> => {
      for (let count = 0; count < REQUESTS; count += 1) expect((await scene.ask('/v1/models')).status).toBe(200)
    }
    const readLost = async (): Promise<number> => {
      const answer = await fetch(`http://127.0.0.1:${scene.sidecar.managementPort}/metrics`)
      return Number(/^\w*lost\w* (\d+)$/m.exec(await answer.text())?.[1])
    }
    await ask()
    const lost = await waitUntil('lines are lost', readLost)
    rmSync(join(disk.directory, 'filler'))
    expect((await scene.ask('/v1/last')).status).toBe(200)
    const text = await waitUntil('the last line is written', () => {
      const written = readFileSync(path, 'utf8')
      return written.includes('/v1/last') && written
    })
    const whole = text
      .split('\n')
      .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []))
    const requests = whole.filter(({ kind }) => kind === 'request').length
    expect(requests + (await readLost())).toBe(REQUESTS + 1)
    const gaps = whole.filter(({ what }) => what === 'log-incomplete')
    // The torn line tells of itself.
    expect(gaps).toHaveLength(1)
    expect((await readLost()) - gaps[0].lines).toBeLessThanOrEqual(1)
    expect(scene.sidecar.readLog().match(/ENOSPC/g)).toHaveLength(1)
    process.stdout.write(`a full disk: ${REQUESTS + 1} requests, all served; ${requests} lines written, ${lost} lost\n`)
  })
})

const KEY = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'

describe('main, an agent, post', () => {
  test.each([
    ['removed', (directory: string) => rmSync(directory, { recursive: true })],
    [
      'replaced by a file',
      (directory: string) => {
        rmSync(directory, { recursive: true })
        writeFileSync(directory, 'not a directory')
      },
    ],
    ['made read-only', (directory: string) => chmodSync(directory, 0o500)],
  ])(
    'a log directory that is %s while the job runs costs no request, and post reports all of them',
    async (_how, harm) => {
      const hosts = { '*': createOpenAiService({ key: KEY, conversation: { text: 'hello' } }) }
      await using provider = await createFakeProvider({ hosts, tls: true })
      const inputs = {
        'openai-api-key': KEY,
        'openai-base-url': `${provider.origin}/v1`,
        'ca-bundle': sharedAuthority().ca,
        'log-directory': 'logs',
      }
      await using job = new Job({ inputs })
      const main = await job.runMain()
      expect(main.exitCode).toBe(0)
      const { OPENAI_BASE_URL: base, OPENAI_API_KEY: token } = job.environment
      const chat = () =>
        fetch(`${base}/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify({ model: 'gpt-5', messages: [{ role: 'user', content: 'hi' }] }),
        })
      const statuses = [(await chat()).status]
      harm(join(job.workspace, 'logs'))
      for (let count = 0; count < 3; count += 1) statuses.push((await chat()).status)
      expect(statuses).toEqual([200, 200, 200, 200])
      const post = await job.runPost()
      expect(post.exitCode).toBe(0)
      expect(job.readSummary()).toContain('4 requests')
      assertJobClean(job, [{ name: 'key', value: KEY }], main, post)
    },
  )
})
