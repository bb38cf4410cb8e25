import { describe, expect, test } from '@jest/globals'
import {
  type Hostname,
  isIpLiteral,
  isLoopback,
  isSubdomainOf,
  parseHostname,
  renderHost,
} from '../../src/core/hostname.ts'

const host = (text: string): Hostname => {
  const parsed = parseHostname(text)
  if (parsed === undefined) throw new Error(`${text} is no host name`)
  return parsed
}

describe('parseHostname()', () => {
  test.each([
    ['api.openai.com', 'api.openai.com'],
    ['API.OpenAI.com', 'api.openai.com'],
    ['api.openai.com.', 'api.openai.com'],
    ['localhost', 'localhost'],
    ['a', 'a'],
    ['under_score.example', 'under_score.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['127.0.0.1', '127.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['[::1]', '::1'],
    ['::1', '::1'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['::ffff:127.0.0.1', '::ffff:127.0.0.1'],
    [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ])('reads %s', (text, expected) => {
    expect(parseHostname(text)).toBe(expected)
  })

  test.each([
    '',
    '.',
    '..',
    'a..b',
    '.example.com',
    'example.com..',
    '-a.example',
    'a-.example',
    `${'a'.repeat(64)}.example`,
    `${'a.'.repeat(130)}a`,
    'a b',
    'a/b',
    'a:80',
    'user@host',
    'https://host',
    'host?x',
    'host#x',
    'host%2ecom',
    'ex\u0430mple.com',
    'bücher.example',
    'a\0b',
    'a\nb',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    'example.123',
    '[127.0.0.1',
    '[]',
    '[::1',
    '::1]',
    ':::',
    '::1::',
    '[::1%25lo]',
    'fe80::1%lo',
    '12345::',
  ])('refuses %j', (text) => {
    expect(parseHostname(text)).toBeUndefined()
  })
})

describe('isLoopback()', () => {
  test.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.255.255.254', true],
    ['::1', true],
    ['127.example', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['128.0.0.1', false],
    ['::2', false],
  ])('%s: %s', (text, expected) => {
    expect(isLoopback(host(text))).toBe(expected)
  })
})

describe('isSubdomainOf()', () => {
  test.each([
    ['api.ghe.com', 'ghe.com', true],
    ['a.b.ghe.com', 'ghe.com', true],
    ['ghe.com', 'ghe.com', false],
    ['evilghe.com', 'ghe.com', false],
    ['ghe.com.evil.io', 'ghe.com', false],
    ['com', 'ghe.com', false],
  ])('%s under %s: %s', (name, parent, expected) => {
    expect(isSubdomainOf(host(name), host(parent))).toBe(expected)
  })
})

describe('renderHost()', () => {
  test.each([
    ['::1', '[::1]'],
    ['127.0.0.1', '127.0.0.1'],
    ['api.openai.com', 'api.openai.com'],
  ])('writes %s as %s', (text, expected) => {
    expect(renderHost(host(text))).toBe(expected)
  })
})

describe('isIpLiteral()', () => {
  test.each([
    ['::1', true],
    ['10.0.0.1', true],
    ['ten.example', false],
  ])('%s: %s', (text, expected) => {
    expect(isIpLiteral(host(text))).toBe(expected)
  })
})
