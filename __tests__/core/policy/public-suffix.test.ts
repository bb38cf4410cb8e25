import { describe, expect, it } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { findPublicSuffix, findSharedSuffixBelow } from '../../../src/core/policy/public-suffix.ts'

const host = (text: string) => text as Hostname

describe('findPublicSuffix()', () => {
  it.each([
    ['com', 'registry'],
    ['co.uk', 'registry'],
    ['xn--p1ai', 'registry'],
    ['no-such-ending', 'registry'],
    // A rule with a star in the list, its exception, and what neither names.
    ['ck', 'registry'],
    ['anything.ck', 'registry'],
    ['www.ck', undefined],
    ['city.kobe.jp', undefined],
    ['other.kobe.jp', 'registry'],
    ['github.io', 'shared'],
    ['githubusercontent.com', 'shared'],
    ['blob.core.windows.net', 'shared'],
    ['s3.amazonaws.com', 'shared'],
    ['pages.dev', 'shared'],
    ['x.compute.amazonaws.com', 'shared'],
    ['example.com', undefined],
    ['npmjs.org', undefined],
    ['core.windows.net', undefined],
    ['actions.githubusercontent.com', undefined],
  ])('%s: %s', (name, kind) => {
    expect(findPublicSuffix(host(name))).toBe(kind)
  })
})

describe('findSharedSuffixBelow()', () => {
  it.each(['windows.net', 'core.windows.net', 'amazonaws.com', 'fastly.net'])('%s has one', (name) => {
    expect(findSharedSuffixBelow(host(name))).toMatch(new RegExp(`\\.${name.replaceAll('.', '\\.')}$`))
  })

  it.each([
    'npmjs.org',
    'debian.org',
    'example.com',
    'actions.githubusercontent.com',
    'python.org',
    'not-in-the-list.example',
  ])('%s has none', (name) => {
    expect(findSharedSuffixBelow(host(name))).toBeUndefined()
  })
})
