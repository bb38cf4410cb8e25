import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { renderError as renderStsError } from '../fakes/issuers/aws-sts.ts'
import { renderError as renderEntraError } from '../fakes/issuers/entra.ts'
import { findLeaks } from '../support/find-leaks.ts'
import { IssuedJob } from '../support/issued-job.ts'
import { ISSUER_KINDS } from '../support/issuer-hosts.ts'
import type { StepResult } from '../support/runner.ts'
import { waitForText } from '../support/wait-for-text.ts'

/** Everything that a job leaves behind or lets others see, searched for everything secret that came into being in it. */
function searchJob({ job, setup }: IssuedJob, steps: readonly StepResult[]): string[] {
  return findLeaks(setup.secretsSeen(), {
    directories: [job.directory],
    texts: {
      'what the steps said': steps.map(({ log }) => log).join('\n'),
      'the exported environment': JSON.stringify(job.exported),
      outputs: JSON.stringify(job.outputs),
      state: JSON.stringify(job.state),
    },
  })
}

describe.each(ISSUER_KINDS)('main, an agent, post, with a credential from %s', (kind) => {
  test('the agent is answered, also after the credential was revoked, and nothing secret is left anywhere', async () => {
    await using issued = await IssuedJob.create(kind)
    const { job, setup } = issued
    const main = await job.runMain()
    expect(main).toMatchObject({ exitCode: 0 })
    expect(JSON.parse(job.outputs.validation ?? '')).toMatchObject([{ verdict: 'valid' }])
    expect(setup.tokens.issued).toHaveLength(1)
    const answer = await issued.ask()
    expect([answer.status, answer.text.includes('the answer')]).toEqual([200, true])
    setup.tokens.revokeAll()
    expect((await issued.ask()).status).toBe(200)
    expect(setup.tokens.issued).toHaveLength(2)
    const { logDirectory = '' } = job.readState() ?? {}
    await waitForText(join(logDirectory, 'access.jsonl'), '"kind":"request"')
    const leaks = searchJob(issued, [main])
    const post = await job.runPost()
    expect(post).toMatchObject({ exitCode: 0 })
    expect([...leaks, ...searchJob(issued, [main, post])]).toEqual([])
  })
})

describe('main, with an issuer that refuses', () => {
  test.each([
    [
      'azure',
      renderEntraError(70021, 'invalid_request', 'No matching federated identity record found for SECRET.'),
      /azure-client-id/,
    ],
    [
      'aws',
      renderStsError('xml', 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity on SECRET'),
      /aws-role-arn/,
    ],
  ] as const)(
    '%s: the step fails with the sentence of the dictionary, within seconds, and quotes no assertion',
    async (kind, answer, sentence) => {
      await using issued = await IssuedJob.create(kind)
      const { issuer, oidc } = issued.setup
      // Issuers quote what they were shown.
      const body = JSON.stringify('body' in answer ? answer.body : '')
      issuer.set({
        kind: 'text',
        status: 400,
        get body() {
          const text: unknown = JSON.parse(body.replace('SECRET', oidc.assertions.at(-1) ?? ''))
          return typeof text === 'string' ? text : JSON.stringify(text)
        },
      })
      const main = await issued.job.runMain()
      expect(main.exitCode).toBe(1)
      expect(main.log + JSON.stringify(main.commands)).toMatch(sentence)
      expect(oidc.assertions.length).toBeGreaterThan(0)
      expect(searchJob(issued, [main])).toEqual([])
      expect(JSON.stringify(main.commands)).not.toContain(oidc.assertions.at(-1))
      expect(main.milliseconds).toBeLessThan(10_000)
    },
  )

  test('an identity token that GitHub refuses: the issuer is not asked, and the permission is named', async () => {
    await using issued = await IssuedJob.create('anthropic')
    issued.setup.oidc.refuse()
    const main = await issued.job.runMain()
    expect(main.exitCode).toBe(1)
    expect(main.log + JSON.stringify(main.commands)).toMatch(/id-token: write/)
    expect(issued.setup.issuer.count()).toBe(0)
  })
})

describe('findLeaks()', () => {
  test.each([
    ['base64 behind one byte', (value: string) => Buffer.from(`?${value}`).toString('base64')],
    ['base64url', (value: string) => Buffer.from(value).toString('base64url')],
    ['a URL', (value: string) => encodeURIComponent(value)],
    ['JSON', (value: string) => JSON.stringify({ value })],
    ['hex', (value: string) => Buffer.from(value).toString('hex')],
  ])('finds in %s what the job above was searched for', (_name, spell) => {
    const value = 'line "one" of 0123456789/+=\nand line two of 9876543210'
    const found = findLeaks([{ name: 'secret', value }], { directories: [], texts: { somewhere: spell(value) } })
    expect(found.join()).toContain('in somewhere')
  })
})
