import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type JobRecord, runWorkflow } from './run-workflow.ts'

/**
 * .github/workflows/e2e.yml, executed here step by step: what the file says on GitHub's runners is true on this machine. Needs
 * the built bundles, as the workflow does.
 */
const ROOT = path.join(import.meta.dirname, '..', '..')
const BUNDLE = path.join(ROOT, 'dist', 'main', 'index.js')
const FILE = '.github/workflows/e2e.yml'

// On Windows the workflow itself is the proof; this executor speaks bash.
const describeHere = process.platform === 'win32' ? describe.skip : describe

const nothing = async () => ({ code: 0, log: '' })

describeHere(FILE, () => {
  let job: JobRecord

  beforeAll(async () => {
    if (!existsSync(BUNDLE)) throw new Error('dist/ is missing: run "npm run build" first')
    const [record] = await runWorkflow({
      name: 'e2e.yml',
      text: readFileSync(path.join(ROOT, FILE), 'utf8'),
      machine: { workspace: ROOT },
      actions: { 'actions/checkout': nothing, 'actions/setup-node': nothing },
      only: (id, { os }) => id === 'action' && os === 'ubuntu-latest',
    })
    if (record === undefined) throw new Error('The workflow has no job of that name for that system')
    job = record
  }, 120_000)

  // The runner ends what a job leaves behind; of our steps only the fake provider stays, and says its pid.
  afterAll(() => {
    for (const { log } of job?.steps ?? []) {
      const pid = /^fake provider .*, pid (\d+)$/m.exec(log)?.[1]
      if (pid !== undefined) process.kill(Number(pid))
    }
  })

  const find = (name: string) => job.steps.find((step) => step.name === name)

  it('a dead key fails main with the sentence of the dictionary, and an empty secret with its name', () => {
    expect(find('A dead key fails the step')?.outcome).toBe('failure')
    expect(find('A dead key fails the step')?.log).toContain('openai-key-rejected')
    expect(find('An empty secret fails the step')?.log).toContain('openai-api-key')
    expect(find('An empty secret is skipped where that is wanted')?.outcome).toBe('success')
  })

  it('every other step succeeds to the end', () => {
    const failed = job.steps.filter((step) => step.outcome === 'failure').map(({ name, log }) => ({ name, log }))
    expect(failed.map(({ name }) => name)).toEqual(['A dead key fails the step', 'An empty secret fails the step'])
    expect(job.steps.at(-1)).toMatchObject({
      name: 'Main, traffic and post, seen from outside',
      kind: 'script',
      outcome: 'success',
    })
  })

  it('posts succeed for every step, and only the one that ran reports', () => {
    expect(job.posts.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success', 'success'])
    expect(job.posts.map(({ summary }) => summary !== '')).toEqual([true, false, false, false])
    expect(job.posts[0]?.summary).toContain('copilot-api.contoso-aw.ghe.com')
  })
})
