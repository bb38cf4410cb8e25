import { describe, expect, test } from '@jest/globals'
import { deriveByteSpellings, deriveTextSpellings } from '../../../src/core/secret-spellings.ts'
import { EchoNeedles } from '../../../src/sidecar/worker/echo-needles.ts'
import { createEchoScrubber, HELD_FROM } from '../../../src/sidecar/worker/echo-scrubber.ts'

const SECRET = 'sk-proj-T0k/en+0123456789'
const needles = EchoNeedles.create([SECRET]) as EchoNeedles

function scrub(...chunks: readonly string[]): { readonly sent: string[]; readonly end: string } {
  const scrubber = createEchoScrubber(needles)
  const sent = chunks.map((chunk) => scrubber.push(Buffer.from(chunk)).toString())
  return { sent, end: scrubber.end().toString() }
}

const all = ({ sent, end }: ReturnType<typeof scrub>): string => sent.join('') + end

describe('createEchoScrubber()', () => {
  test.each([...deriveTextSpellings(SECRET), ...deriveByteSpellings(SECRET)])(
    'overwrites %s wherever it is cut in two',
    (spelled) => {
      const text = `say ${spelled}, twice ${spelled}`
      for (let at = 0; at <= text.length; at += 1) {
        const result = all(scrub(text.slice(0, at), text.slice(at)))
        expect(result).toHaveLength(text.length)
        // A few bytes may have left before it was clear what they were.
        expect(result).not.toContain(spelled.slice(HELD_FROM))
        expect(result).toMatch(/^say .*, twice .*$/s)
      }
    },
  )

  test('overwrites it one byte at a time, with nothing of it but the first few letters', () => {
    const result = all(scrub(...`<${SECRET}>`))
    expect(result).toBe(`<${SECRET.slice(0, HELD_FROM - 1)}${'*'.repeat(SECRET.length - HELD_FROM + 1)}>`)
  })

  test('keeps what is surely a beginning until the rest comes, however late', () => {
    expect(scrub(`a ${SECRET.slice(0, 12)}`, SECRET.slice(12), ' b')).toEqual({
      sent: ['a ', '*'.repeat(SECRET.length), ' b'],
      end: '',
    })
  })

  test('gives out what looked like a beginning and was none', () => {
    expect(scrub(`a ${SECRET.slice(0, 12)}`, '!')).toEqual({ sent: ['a ', `${SECRET.slice(0, 12)}!`], end: '' })
  })

  test('lets a few bytes that many a text ends in leave at once', () => {
    expect(scrub('the letter s', ' and sk-', 'x')).toEqual({ sent: ['the letter s', ' and sk-', 'x'], end: '' })
  })

  test('overwrites a credential that the end cuts off', () => {
    expect(scrub(`a ${SECRET.slice(0, -1)}`)).toEqual({ sent: ['a '], end: '*'.repeat(SECRET.length - 1) })
  })

  test('says whether it is holding anything', () => {
    const scrubber = createEchoScrubber(needles)
    scrubber.push(Buffer.from('s'))
    expect(scrubber.isHolding).toBe(false)
    scrubber.push(Buffer.from(SECRET.slice(1, 12)))
    expect(scrubber.isHolding).toBe(true)
    scrubber.push(Buffer.from('.'))
    expect(scrubber.isHolding).toBe(false)
  })
})
