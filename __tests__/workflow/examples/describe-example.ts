import { beforeAll, describe, expect, it } from '@jest/globals'
import { describeWith } from '../../support/needs.ts'
import type { ExampleRow, Expected, RunExample, RunLeg } from './example.ts'
import { runExample } from './run-example.ts'

const LIMIT_MS = 120_000

/** What is wrong when one of these fails: the example, what it is said to do, or the product. */
export function describeExample(row: ExampleRow): void {
  const title = `examples/${row.file}${row.when === undefined ? '' : `, ${row.when}`}`
  const obstacle = row.findObstacle?.()
  if (obstacle !== undefined) {
    describe.skip(`${title} (skipped: ${obstacle})`, () => it('is run', () => undefined))
    return
  }
  describeWith({ programs: ['bash', ...(row.programs ?? [])], isRoot: row.inhabitant !== undefined }, title, () => {
    let run: RunExample
    const each = (look: (leg: RunLeg, expected: Expected) => void): void => {
      expect(run.legs.length).toBeGreaterThan(0)
      for (const leg of run.legs) look(leg, row.expected(leg.leg))
    }

    beforeAll(async () => {
      run = await runExample(row)
    }, LIMIT_MS)

    it('runs to its end, step by step', () => {
      each(({ steps, result }, expected) => {
        const failed = steps.filter(({ outcome }) => outcome === 'failure').map(({ name, log }) => ({ name, log }))
        expect(failed).toEqual([])
        expect(steps.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(expected.steps)
        expect(result).toBe('success')
      })
    })

    it('has no more rights than it needs', () => {
      each(({ permissions }, { rights }) => expect(permissions).toEqual({ contents: 'read', ...rights }))
    })

    it('has its agents ask the model, through the sidecar and in whole', () => {
      each(({ programs }, expected) => {
        expect(programs.map(({ program }) => program).sort()).toEqual([...expected.agents].sort())
        const agents = programs.filter(({ program }) => AGENTS.includes(program))
        for (const { asked } of agents) {
          expect(asked.length).toBeGreaterThan(0)
          expect(asked.every(({ url, status }) => status === 200 && url.startsWith('http://127.0.0.1:'))).toBe(true)
        }
        const seen = run.requests.filter(({ status }) => status === 200).map(({ host, path }) => `${host} ${path}`)
        expect(seen).toEqual(expect.arrayContaining([...expected.model]))
      })
    })

    it('shows the upstream the real credential alone, and the agent none', () => {
      each(({ tokens, leaks, programs }, expected) => {
        const isAsked = expected.model.length > 0
        expect(tokens.length > 0).toBe(isAsked)
        for (const token of tokens) expect(run.bytes).not.toContain(token)
        const credentials = run.requests
          .filter(({ host, path }) => expected.model.includes(`${host} ${path}`))
          .map((request) => request.credentials.length)
        expect(credentials.every((count) => count === 1)).toBe(true)
        expect(leaks).toEqual([])
        const rights = programs.flatMap(({ environment }) =>
          Object.keys(environment).filter((name) => /^ACTIONS_ID_TOKEN/.test(name)),
        )
        expect(rights).toEqual([])
      })
    })

    it('says what happened in outputs and summary', () => {
      each(({ steps, posts }, expected) => {
        const main = steps.find(({ kind }) => kind === 'bundles')
        expect(main?.outputs).toMatchObject(expected.outputs ?? {})
        const summary = [...steps, ...posts].map((step) => step.summary).join('\n')
        for (const text of expected.summary) expect(summary).toMatch(text)
      })
    })

    for (const { what, look } of row.also ?? []) it(what, () => look(run))

    it('leaves nothing', () => {
      each(({ posts, remains }) => {
        expect(posts.map(({ outcome, log }) => ({ outcome, log: outcome === 'success' ? '' : log }))).toEqual([
          { outcome: 'success', log: '' },
        ])
        expect(remains).toEqual([])
      })
    })
  })
}

const AGENTS = ['codex', 'claude', 'copilot', 'gemini']
