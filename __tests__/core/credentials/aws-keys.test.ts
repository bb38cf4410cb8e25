import { describe, expect, it } from '@jest/globals'
import { findAwsKeys, listSecretTexts, renderCredential } from '../../../src/core/credentials/aws-keys.ts'
import { Secret } from '../../../src/core/secret.ts'

const ID = 'ASIAIOSFODNN7EXAMPLE'
const KEY = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const TOKEN = 'FwoGZXIvYXdzEBYaDEXAMPLETOKEN=='

describe('findAwsKeys', () => {
  it.each([
    ['without a session', {}, {}],
    ['with a session', { sessionToken: new Secret(TOKEN) }, { sessionToken: TOKEN }],
  ])('finds the keys of a rendered credential, %s', (_name, given, found) => {
    const secret = renderCredential({ kind: 'aws', accessKeyId: ID, secretAccessKey: new Secret(KEY), ...given })
    expect(findAwsKeys(secret)).toEqual({ accessKeyId: ID, secretAccessKey: KEY, ...found })
    expect(listSecretTexts(secret)).toEqual([KEY, ...Object.values(found)])
  })

  it.each(['["abc', '["a","b","c"]', JSON.stringify([ID, KEY, '']), 'sk-plain'])(
    'takes a foreign text for a token, however it is spelled: %s',
    (text) => {
      const secret = renderCredential({ kind: 'secret', secret: new Secret(text) })
      expect(findAwsKeys(secret)).toBeUndefined()
      expect(listSecretTexts(secret)).toEqual([text])
    },
  )

  it('finds none where there is no secret', () => {
    expect(findAwsKeys(null)).toBeUndefined()
  })
})
