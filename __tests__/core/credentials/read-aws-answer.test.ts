import { describe, expect, test } from '@jest/globals'
import { readAwsAnswer } from '../../../src/core/credentials/read-aws-answer.ts'

const KEYS = {
  AccessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  SecretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY',
  SessionToken: 'AQoDYXdzEE0a8ANXXXXXXXXNO1ewxE5TijQyp+IEXAMPLE=',
}

function xml(members: Readonly<Record<string, string>>, around = (text: string) => text): string {
  const inner = Object.entries(members).map(([name, value]) => `      <${name}>${value}</${name}>\n`)
  return around(`<?xml version="1.0"?>
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <Audience>sts.amazonaws.com</Audience>
    <Credentials>
${inner.join('')}    </Credentials>
    <Provider>arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com</Provider>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>`)
}

const json = (credentials: unknown): string =>
  JSON.stringify({
    AssumeRoleWithWebIdentityResponse: { AssumeRoleWithWebIdentityResult: { Credentials: credentials } },
  })

describe('readAwsAnswer takes', () => {
  test.each([
    ['XML with an ISO time', xml({ ...KEYS, Expiration: '2026-11-01T13:00:00Z' }), '2026-11-01T13:00:00Z'],
    ['JSON with seconds', json({ ...KEYS, Expiration: 1_793_538_000 }), 1_793_538_000],
    ['JSON with a fraction', json({ ...KEYS, Expiration: 1.793538e9 }), 1_793_538_000],
    ['a byte order mark before XML', `\ufeff${xml({ ...KEYS, Expiration: 'x' })}`, 'x'],
  ])('%s', (_name, body, expiration) => {
    const keys = readAwsAnswer(body)
    expect(keys?.expiration).toBe(expiration)
    expect(keys?.value.accessKeyId).toBe(KEYS.AccessKeyId)
    expect(keys?.value.secretAccessKey.reveal()).toBe(KEYS.SecretAccessKey)
    expect(keys?.value.sessionToken?.reveal()).toBe(KEYS.SessionToken)
    expect(JSON.stringify(keys)).not.toMatch(/wJalr|AQoDY/)
  })
})

describe('readAwsAnswer refuses', () => {
  const good = { ...KEYS, Expiration: '2026-11-01T13:00:00Z' }

  test.each([
    [
      'an entity declaration',
      xml(good, (text) => text.replace('?>', '?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    ],
    ['an entity in a value', xml({ ...good, SecretAccessKey: `&x;${KEYS.SecretAccessKey}` })],
    ['a predefined entity in a value', xml({ ...good, SessionToken: `${KEYS.SessionToken}&amp;` })],
    ['CDATA', xml({ ...good, SecretAccessKey: `<![CDATA[${KEYS.SecretAccessKey}]]>` })],
    ['a comment', xml(good, (text) => text.replace('<Credentials>', '<!-- x --><Credentials>'))],
    ['two Credentials', xml(good, (text) => text + text)],
    [
      'a member twice',
      xml(good, (text) => text.replace('<SessionToken>', '<SessionToken>a</SessionToken><SessionToken>')),
    ],
    ['a nested member', xml({ ...good, SessionToken: `<SessionToken>${KEYS.SessionToken}</SessionToken>` })],
    ['a member that is missing', xml(KEYS)],
    ['an empty member', xml({ ...good, SessionToken: '' })],
    ['members without Credentials', xml(good, (text) => text.replaceAll('Credentials', 'Other'))],
    ['a line break in a key', xml({ ...good, SecretAccessKey: `${KEYS.SecretAccessKey}\r\nx` })],
    ['XML that was cut', xml(good).slice(0, -320)],
    ['a huge document', xml({ ...good, Filler: 'x'.repeat(70_000) })],
    ['JSON without the envelope', JSON.stringify(good)],
    ['JSON of other types', json({ ...good, SecretAccessKey: { a: 1 } })],
    ['JSON lists', json([good])],
    ['JSON inside a text', json(JSON.stringify(good))],
    ['an id that is none', json({ ...good, AccessKeyId: 'asia lower' })],
    ['an inherited member', '{"__proto__":{"AssumeRoleWithWebIdentityResponse":{}}}'],
    ['nothing', ''],
    ['a web page', '<!doctype html><Credentials></Credentials>'],
  ])('%s', (_name, body) => {
    expect(readAwsAnswer(body)).toBeUndefined()
  })

  test('a hostile body in linear time', () => {
    const started = '<Credentials>'.repeat(5000)
    expect(readAwsAnswer(started)).toBeUndefined()
    expect(readAwsAnswer(`<Credentials>${'<AccessKeyId>'.repeat(4000)}</Credentials>`)).toBeUndefined()
  })
})
