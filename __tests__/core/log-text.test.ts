import { expect, test } from '@jest/globals'
import { renderLogText } from '../../src/core/log-text.ts'

test.each([
  ['plain text: with a colon', 'plain text: with a colon'],
  ['::set-env name=a::b', ': :set-env name=a::b'],
  ['  ::error::x', '  : :error::x'],
  ['a\r\n::error::x', 'a ::error::x'],
  ['\n::error::x', ' : :error::x'],
  ['see ##[error]x', 'see ## [error]x'],
  ['a\u001b[31mred\u0007', 'a [31mred '],
])('renderLogText(%j) is one harmless line', (text, expected) => {
  expect(renderLogText(text)).toBe(expected)
})
