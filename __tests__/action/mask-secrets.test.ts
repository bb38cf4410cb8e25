import { expect, test } from '@jest/globals'
import { createRunner } from '../../src/action/actions-runner.ts'
import { maskSecrets } from '../../src/action/mask-secrets.ts'

function masksOf(text: string): string[] {
  const masks: string[] = []
  maskSecrets({ ...createRunner({}), mask: (mask) => masks.push(mask) }, [text])
  return masks
}

test('maskSecrets() masks the password of a proxy URL by itself, decoded and as basic credentials', () => {
  const masks = masksOf('http://user:p%40ss-word@proxy.corp.example:3128')
  expect(masks).toEqual(expect.arrayContaining(['p%40ss-word', 'p@ss-word']))
  const basic = Buffer.from('user:p@ss-word').toString('base64')
  expect(masks.some((mask) => basic.includes(mask))).toBe(true)
})

test('maskSecrets() does not take a key with a colon for a URL', () => {
  expect(masksOf('not-a-url:with@colon-1234')[0]).toBe('not-a-url:with@colon-1234')
})
