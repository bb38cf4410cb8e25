import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { waitUntil } from '../../support/wait-until.ts'
import {
  asUser,
  createWrappedJob,
  describeWrapped,
  PATH,
  USER,
  type WrappedJob,
  waitForOutput,
} from './support/wrapped-job.ts'

const NODE = process.execPath

describeWrapped('agent-exec: the command as a process', (method) => {
  let job: WrappedJob
  beforeAll(async () => {
    job = await createWrappedJob({ method })
  })
  afterAll(async () => {
    await job[Symbol.asyncDispose]()
  })

  test.each([
    ['its own code', ['sh', '-c', 'exit 7'], 7],
    ['success', ['true'], 0],
    ['128 + n for a signal', ['sh', '-c', 'kill -TERM $$'], 143],
    ['128 + 9 for SIGKILL', ['sh', '-c', 'kill -KILL $$'], 137],
    ['127 for a program that is not there', ['no-such-program'], 127],
    ['126 for a file that cannot be executed', ['/etc/passwd'], 126],
  ])('exit code: %s', async (_title, command, code) => {
    expect((await job.run(command)).code).toBe(code)
  })

  test('no command is a mistake of use', async () => {
    const run = await job.run([])
    expect(run).toEqual({ code: 125, stdout: '', stderr: expect.stringContaining('Usage: agent-exec') })
  })

  test('stdin, stdout and stderr are the caller’s, byte for byte', async () => {
    const input = 'a line\n'.repeat(400_000)
    const run = await job.run(['sh', '-c', 'cat; cat made-up >&2; echo said >&2'], { input })
    expect(run.stdout === input).toBe(true)
    expect(run.stderr).toMatch(/made-up.*\nsaid\n$/)
    expect(run.code).toBe(0)
  })

  test('arguments arrive as they were written', async () => {
    const command = ['printf', '%s|', 'two words', '', '--', "it's", '$HOME', 'line\nbreak']
    expect((await job.run(command)).stdout).toBe("two words||--|it's|$HOME|line\nbreak|")
  })

  test('environment is untouched, also where a shell could not hold its names', async () => {
    const environment = {
      'INPUT_MY-NAME': 'kept',
      NODE_OPTIONS: '--max-old-space-size=512',
      PWD: '/somewhere/else',
      EMPTY: '',
    }
    const { stdout } = await job.run([NODE, '-p', 'JSON.stringify(process.env)'], { environment })
    expect(JSON.parse(stdout)).toEqual({ PATH, HOME: job.directory, ...environment })
  })

  test('user, group and current directory are kept', async () => {
    const { stdout } = await job.run(['sh', '-c', 'id -u; id -g; pwd -P'])
    expect(stdout.split('\n')).toEqual([`${USER.uid}`, `${USER.gid}`, job.directory, ''])
  })

  test('files that it makes belong to the user outside', async () => {
    await job.run(['touch', 'made'])
    expect(spawnSync('stat', ['-c', '%u', join(job.directory, 'made')], { encoding: 'utf8' }).stdout).toBe(
      `${USER.uid}\n`,
    )
  })

  test('a current directory below the hidden ones is refused with the reason', async () => {
    symlinkSync(job.relayDirectory, join(job.directory, 'link'))
    const run = spawnSync('sh', ['-c', `cd ${job.relayDirectory} && exec ${job.launcher} -- true`], {
      ...asUser,
      encoding: 'utf8',
    })
    expect(run.status).toBe(125)
    expect(run.stderr).toContain('is hidden from the command')
  })

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'] as const)(
    'signals: %s reaches the command, which ends in its own way',
    async (signal) => {
      const child = job.start(['sh', '-c', `trap "exit 33" ${signal.slice(3)}; echo up; while :; do sleep 0.02; done`])
      await waitForOutput(child.stdout, 'up')
      child.kill(signal)
      expect(await once(child, 'exit')).toEqual([33, null])
    },
  )

  test('signals: one that comes before the command runs reaches it as soon as it does', async () => {
    const child = job.start(['sleep', '60'])
    const isBridgeStarting = (): boolean => spawnSync('pgrep', ['-P', `${child.pid}`, '-f', 'bridge']).status === 0
    await waitUntil('the bridge is being started', isBridgeStarting)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([143, null])
  })

  test('signals: one for the whole process group does not cut the command’s own end short', async () => {
    const child = job.start([
      'sh',
      '-c',
      'trap "sleep 0.3; echo done; exit 4" TERM; echo up; while :; do sleep 0.02; done',
    ])
    await waitForOutput(child.stdout, 'up')
    process.kill(-(child.pid ?? 0), 'SIGTERM')
    const [said, end] = await Promise.all([text(child.stdout), once(child, 'exit')])
    expect(said).toContain('done\n')
    expect(end).toEqual([4, null])
  })

  test('descriptors of the caller beyond stderr are not handed on', async () => {
    const script = `exec 3</etc/passwd 200</etc/passwd; exec ${job.launcher} -- sh -c 'ls /proc/$$/fd'`
    const run = spawnSync('bash', ['-c', script], {
      ...asUser,
      cwd: job.directory,
      encoding: 'utf8',
    })
    expect(run.stdout.trim().split(/\s+/)).toEqual(['0', '1', '2'])
  })

  test('what the command leaves running ends with it', async () => {
    const mark = `${67_000 + process.pid}`
    await job.run(['sh', '-c', `sleep ${mark} >/dev/null 2>&1 & exit 0`])
    expect(spawnSync('pgrep', ['-f', `^sleep ${mark}`]).status).toBe(1)
  })
})
