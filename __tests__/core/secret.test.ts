import { format, inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { REDACTED, Secret } from '../../src/core/secret.ts'

const secret = new Secret('sk-very-secret')

describe('Secret', () => {
  test.each([
    ['a template', `${secret}`],
    ['String()', String(secret)],
    ['joining', [secret].join()],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { depth: 9, showHidden: true })],
    ['format', format('%s %o %j', secret, secret, secret)],
    ['its keys', JSON.stringify(Object.getOwnPropertyNames(secret))],
    ['an error', new Error(`failed with ${secret}`).message],
    ['a copy', JSON.stringify({ ...secret })],
  ])('does not show in %s', (_name, text) => {
    expect(text).not.toContain('very-secret')
  })

  test('says that it is redacted', () => {
    expect([String(secret), JSON.stringify(secret)]).toEqual([REDACTED, JSON.stringify(REDACTED)])
  })

  test('reveals the text when asked by name', () => {
    expect(secret.reveal()).toBe('sk-very-secret')
  })

  test('equals() compares the texts', () => {
    expect([secret.equals(new Secret('sk-very-secret')), secret.equals(new Secret('other'))]).toEqual([true, false])
  })
})
