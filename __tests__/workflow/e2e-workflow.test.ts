import { existsSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { type JobRecord, runJob } from './run-workflow.ts'

/**
 * .github/workflows/e2e.yml, executed here step by step: what the file says on GitHub's runners is true on this machine. Needs
 * the built bundles, as the workflow does.
 */
const BUNDLE = path.join(import.meta.dirname, '..', '..', 'dist', 'main', 'index.js')

// On Windows the workflow itself is the proof; this executor speaks bash.
const describeHere = process.platform === 'win32' ? describe.skip : describe

describeHere('.github/workflows/e2e.yml', () => {
  let job: JobRecord

  beforeAll(async () => {
    if (!existsSync(BUNDLE)) throw new Error('dist/ is missing: run "npm run build" first')
    job = await runJob('.github/workflows/e2e.yml', 'action')
  }, 120_000)

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
    expect(job.steps.at(-1)?.name).toBe('Main, traffic and post, seen from outside')
  })

  it('posts succeed for every step, and only the one that ran reports', () => {
    expect(job.posts.map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success', 'success'])
    expect(job.posts.map(({ summary }) => summary !== '')).toEqual([true, false, false, false])
    expect(job.posts[0]?.summary).toContain('copilot-api.contoso-aw.ghe.com')
  })
})
