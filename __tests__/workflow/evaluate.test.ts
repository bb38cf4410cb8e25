import { describe, expect, it } from '@jest/globals'
import { decideCondition, renderTemplate, renderText, type Scope } from './evaluate.ts'
import { parseWorkflowText, toFields, toList } from './parse-workflow.ts'

const contexts = {
  github: { ref: 'refs/heads/main' },
  secrets: { KEY: 'k', EMPTY: '' },
  matrix: { os: 'a' },
  steps: { one: { outputs: { url: 'http://x' }, outcome: 'failure' } },
}
const scopeOf = (status: Scope['status']): Scope => ({ contexts, status })

const braced = (source: string): string => `\${{ ${source} }}`

/** The one step of a workflow, with these lines in it. */
async function parseStep(lines: string) {
  const text = `on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: 'true'\n        id: one\n      - run: 'true'\n        ${lines}\n`
  const { a } = toFields((await parseWorkflowText('w.yml', text)).jobs)
  return toFields(toList(toFields(a).steps)[1])
}

describe('decideCondition()', () => {
  it.each([
    ['nothing said', 'name: x', true, false],
    ['without braces', "if: steps.one.outcome == 'failure'", true, false],
    ['with braces', `if: ${braced("steps.one.outputs.url == ''")}`, false, false],
    ['always()', 'if: always()', true, true],
    ['failure()', 'if: failure() && github.ref', false, true],
  ])('%s: decides after success and after failure', async (_name, line, onSuccess, onFailure) => {
    const step = await parseStep(line)
    expect(decideCondition(step.if, scopeOf('success'))).toBe(onSuccess)
    expect(decideCondition(step.if, scopeOf('failure'))).toBe(onFailure)
  })
})

describe('renderText()', () => {
  it('fills expressions into a text, an empty secret and an absent leg included', async () => {
    const step = await parseStep(
      `name: a ${braced('secrets.KEY')} b ${braced('secrets.EMPTY')} c ${braced("matrix.more || 'd'")}`,
    )
    expect(renderText(step.name, scopeOf('success'))).toBe('a k b  c d')
  })

  it.each(['secrets.OTHER', 'steps.one.outputs.ulr', 'steps.two.outputs.url', 'vars.ANY'])(
    'does not take %s for empty, as GitHub would',
    (reference) => {
      expect(() => renderTemplate(braced(reference), scopeOf('success'))).toThrow(`Nothing is known of ${reference}`)
    },
  )
})

describe('parseWorkflowText()', () => {
  it.each([
    ['a key that GitHub does not know', 'runs-at: x'],
    ['a context that is not there', `if: ${braced("nothing.here == ''")}`],
  ])('refuses %s', async (_name, line) => {
    await expect(parseStep(line)).rejects.toThrow('w.yml is no workflow')
  })
})
