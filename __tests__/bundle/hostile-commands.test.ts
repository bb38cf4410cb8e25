import { describe, expect, test } from '@jest/globals'
import { Workshop } from '../support/credential-programs.ts'
import { findLeaks } from '../support/find-leaks.ts'
import { Job } from '../support/runner.ts'

/** Credential programs that do everything wrong, from the inputs of the step on: one clear error, no orphan, no leak. */
const onLinux = process.platform === 'linux' ? describe : describe.skip

const SECRET = 'sk-proj-Rl3kXq8vTz1mWn5bYc7dFg2hJk4pLs6aZx9wEr0t'
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4IiwianRpIjoiMSJ9.c2lnbmF0dXJlLW9mLWEtand0'
const GIVEN = 'Zx8~client-secret-of-the-command'
const FOREVER = 'setInterval(() => {}, 1000)'

const CHILD = `import { spawn } from 'node:child_process'
  if (process.argv[2] === 'child') ${FOREVER}
  else spawn(process.execPath, [process.argv[1], 'child'], { stdio: 'inherit' }).unref()`

interface Row {
  readonly name: string
  readonly body: string
  readonly sentence: RegExp
}

const ROWS: readonly Row[] = [
  { name: 'hangs', body: FOREVER, sentence: /still running after 5 s/ },
  {
    name: 'ignores SIGTERM',
    body: `process.on('SIGTERM', () => undefined); ${FOREVER}`,
    sentence: /still running after 5 s/,
  },
  {
    name: 'leaves a child that holds its output open',
    body: `${CHILD}\nif (process.argv[2] !== 'child') process.exit(0)`,
    sentence: /still running after 5 s|gave nothing/,
  },
  {
    name: 'floods standard output',
    body: `const more = () => process.stdout.write('x'.repeat(65536), more); more()`,
    sentence: /printed more than/,
  },
  { name: 'exits with 126', body: 'process.exit(126)', sentence: /cannot be executed \(exit code 126\)/ },
  { name: 'exits with 127', body: 'process.exit(127)', sentence: /was not found \(exit code 127\)/ },
  { name: 'kills itself', body: `process.kill(process.pid, 'SIGKILL')`, sentence: /SIGKILL/ },
  {
    name: 'prints two lines',
    body: `console.log('${SECRET}\\n${SECRET}x')`,
    sentence: /which of them is the credential/,
  },
  { name: 'prints NUL', body: `process.stdout.write('${SECRET}\\0${SECRET}')`, sentence: /cannot be a credential/ },
  { name: 'prints nothing', body: '', sentence: /gave nothing/ },
  {
    name: 'prints bytes that are no text',
    body: `process.stdout.write(Buffer.from('73ff6b', 'hex'))`,
    sentence: /no UTF-8/,
  },
  {
    name: 'prints broken JSON',
    body: `process.stdout.write('{"access_token": "${SECRET}')`,
    sentence: /begins like JSON/,
  },
  {
    name: 'prints a credential that is over',
    body: `console.log(JSON.stringify({ access_token: '${SECRET}', expires_at: 1700000000 }))`,
    sentence: /already expired/,
  },
  {
    name: 'prints secrets on standard error',
    body: `console.error('given', process.env.MINT_SECRET, 'got ${SECRET} and ${JWT}, basic', Buffer.from('u:' + process.env.MINT_SECRET).toString('base64')); process.exit(9)`,
    sentence: /failed with exit code 9/,
  },
]

onLinux('main with a command that', () => {
  test.each(ROWS)('$name: one clear error, no orphan, no leak', async ({ body, sentence }) => {
    await using shop = new Workshop()
    const inputs = {
      'openai-api-key-command': JSON.stringify(shop.program(body)),
      'command-environment': 'MINT_SECRET',
      'command-timeout': '5',
    }
    await using job = new Job({ inputs, environment: { MINT_SECRET: GIVEN } })
    const main = await job.runMain()
    expect(main.exitCode).toBe(1)
    const errors = main.commands.filter(({ name }) => name === 'error').map(({ message }) => message)
    expect(errors).toEqual([expect.stringMatching(sentence)])
    expect(errors[0]).toContain('openai-api-key-command')
    const secrets = [SECRET, JWT, GIVEN].map((value, index) => ({ name: `secret ${index}`, value }))
    const texts = { log: main.log, commands: JSON.stringify(main.commands), state: JSON.stringify(job.state) }
    expect(findLeaks(secrets, { directories: [job.directory], texts })).toEqual([])
    expect(job.exported).toEqual({})
    await shop.waitUntilAlone()
  })
})
