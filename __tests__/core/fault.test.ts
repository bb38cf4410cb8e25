import { describe, expect, test } from '@jest/globals'
import { ActionError, type Fault, isActionError, renderFault } from '../../src/core/fault.ts'

const fault: Fault = {
  code: 'input-invalid',
  input: 'validate',
  title: 'Bad validate',
  message: 'Found x.',
  fix: 'Use strict.',
}

describe('ActionError', () => {
  test('carries all faults of a phase and says each with its fix', () => {
    const error = new ActionError([fault, { ...fault, title: 'Second' }], { cause: 'why' })
    expect(error.faults).toHaveLength(2)
    expect(error.message).toBe('Bad validate: Found x. Use strict.\nSecond: Found x. Use strict.')
    expect([error.name, error.cause]).toEqual(['ActionError', 'why'])
  })
})

describe('isActionError()', () => {
  const foreign = Object.assign(new Error('from another bundle'), {
    [Symbol.for('setup-agent-proxy.action-error')]: true,
  })
  test.each([
    ['one of ours', new ActionError([fault]), true],
    ['one from another bundle', foreign, true],
    ['another error', new Error('x'), false],
    ['a text', 'ActionError', false],
    ['null', null, false],
    ['undefined', undefined, false],
  ])('%s', (_name, value, expected) => {
    expect(isActionError(value)).toBe(expected)
  })
})

describe('renderFault()', () => {
  test('is what was found and what to do', () => {
    expect(renderFault(fault)).toBe('Found x. Use strict.')
  })
})
