import { describe, expect, test } from '@jest/globals'
import { deriveByteSpellings, deriveTextSpellings } from '../../../src/core/secret-spellings.ts'
import { EchoNeedles } from '../../../src/sidecar/worker/echo-needles.ts'
import { createRandom } from '../../core/usage/seeded-random.ts'

const SECRET = 'tok/en+with=marks&more-0123456789'

function needlesFor(...secrets: string[]): EchoNeedles {
  const needles = EchoNeedles.create(secrets)
  if (needles === undefined) throw new Error('There is nothing to look for')
  return needles
}

const spellings = (secret: string): string[] => [...deriveTextSpellings(secret), ...deriveByteSpellings(secret)]

describe('EchoNeedles', () => {
  test('finds nothing worth a search in short texts', () => {
    expect(EchoNeedles.create([])).toBeUndefined()
    expect(EchoNeedles.create(['short'])).toBeUndefined()
  })

  test.each(spellings(SECRET))('overwrites %s in place and length, and nothing else', (spelled) => {
    const bytes = Buffer.from(`before ${spelled} between ${spelled}${spelled}.`)
    expect(needlesFor(SECRET).overwrite(bytes)).toBe(bytes.length)
    const mask = '*'.repeat(Buffer.byteLength(spelled))
    expect(bytes.toString()).toBe(`before ${mask} between ${mask}${mask}.`)
  })

  test.each(spellings(SECRET))('says where the bytes end in a beginning of %s', (spelled) => {
    for (let length = 1; length < spelled.length; length += 1) {
      const bytes = Buffer.from(`!! ${spelled.slice(0, length)}`)
      expect(needlesFor(SECRET).overwrite(bytes)).toBe(3)
    }
  })

  test('finds what a plain search finds, with many secrets and texts that nearly match', () => {
    const random = createRandom(7)
    const word = (length: number): string =>
      Array.from({ length }, () => 'ab01'[Math.floor(random() * 4)] ?? '').join('')
    for (let round = 0; round < 400; round += 1) {
      const secrets = Array.from({ length: 1 + Math.floor(random() * 3) }, () => word(8 + Math.floor(random() * 300)))
      const parts = Array.from({ length: 6 }, () => {
        const secret = secrets[Math.floor(random() * secrets.length)] ?? ''
        return random() < 0.5 ? secret : secret.slice(0, Math.floor(random() * secret.length))
      })
      const text = `${parts.map((part) => part + word(Math.floor(random() * 5))).join('')}\n`
      const bytes = Buffer.from(text)
      expect(needlesFor(...secrets).overwrite(bytes)).toBe(bytes.length)
      for (const secret of secrets) expect(bytes.toString()).not.toContain(secret)
      // What is left stands where it stood.
      for (const [index, char] of [...bytes.toString()].entries()) expect(['*', text[index]]).toContain(char)
    }
  })

  test('takes a credential of several kilobytes', () => {
    const long = `eyJ${'aB3-_x'.repeat(800)}`
    for (const spelled of spellings(long)) {
      const bytes = Buffer.from(`<${spelled}>`)
      expect(needlesFor(long).overwrite(bytes)).toBe(bytes.length)
      expect(bytes.toString()).toBe(`<${'*'.repeat(spelled.length)}>`)
    }
  })

  test('cleans headers: values lose it, a name that has it takes its header along', () => {
    const needles = needlesFor(SECRET)
    const hex = Buffer.from(SECRET).toString('hex')
    const flat = [
      'x-a',
      `got ${SECRET}`,
      'x-b',
      'fine',
      `x-${hex}`,
      '1',
      'location',
      `/?k=${encodeURIComponent(SECRET)}`,
    ]
    expect(needles.cleanHeaders(flat)).toEqual(['x-a', 'got «redacted»', 'x-b', 'fine', 'location', '/?k=«redacted»'])
  })
})
