import { describe, expect, test } from '@jest/globals'
import { readPresentedCredentials, stripCredentialParameters } from '../../src/core/credential-headers.ts'

describe('readPresentedCredentials()', () => {
  test.each<[string, string[], string, string[]]>([
    ['nothing', ['Accept', '*/*'], '/v1/models', []],
    ['a bearer', ['Authorization', 'Bearer abc'], '/', ['abc']],
    ['the scheme token, any case', ['authorization', 'TOKEN  abc'], '/', ['abc']],
    ['a bare value', ['authorization', 'abc'], '/', ['abc']],
    ['another scheme, whole', ['authorization', 'Basic abc'], '/', ['Basic abc']],
    ['an empty bearer as nothing', ['authorization', 'Bearer'], '/', []],
    ['an empty header as nothing', ['x-api-key', ''], '/', []],
    ['several headers', ['X-Api-Key', 'a', 'api-key', 'b', 'X-Goog-Api-Key', 'c'], '/', ['a', 'b', 'c']],
    ['the same header twice', ['x-api-key', 'a', 'x-api-key', 'b'], '/', ['a', 'b']],
    ['no cookie and no proxy credential', ['cookie', 'a', 'proxy-authorization', 'Basic b'], '/', []],
    ['a parameter', [], '/x?key=abc&alt=sse', ['abc']],
    ['an encoded parameter', [], '/x?%6Bey=a%20b', ['a b']],
    ['a parameter that is not encoded well', [], '/x?key=%zz', ['%zz']],
    ['no parameter behind another name', [], '/x?monkey=abc&keys=1', []],
  ])('reads %s', (_name, headers, target, expected) => {
    expect(readPresentedCredentials(headers, target)).toEqual(expected)
  })
})

describe('stripCredentialParameters()', () => {
  test.each([
    ['/x', '/x'],
    ['/x?', '/x'],
    ['/x?a=1&b=%20&c', '/x?a=1&b=%20&c'],
    ['/x?key=s', '/x'],
    ['/x?key=s&alt=sse', '/x?alt=sse'],
    ['/x?alt=sse&KEY=s', '/x?alt=sse'],
    ['/x?a=1&%6b%65%79=s&b=2', '/x?a=1&b=2'],
    ['/x?api_key=1&api-key=2&apikey=3&access_token=4&subscription-key=5&z=6', '/x?z=6'],
    ['/x?a=?key=1', '/x?a=?key=1'],
    ['/x?key', '/x'],
    ['/x?key=a&key=b', '/x'],
    ['/x?a=%zz&key=1', '/x?a=%zz'],
  ])('turns %s into %s', (target, expected) => {
    expect(stripCredentialParameters(target)).toBe(expected)
  })
})
