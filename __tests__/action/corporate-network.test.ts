import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readCorporateNetwork } from '../../src/action/corporate-network.ts'
import { Secret } from '../../src/core/secret.ts'
import { sharedAuthority } from '../fakes/certificate.ts'

let directory = ''

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'network-'))
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

function read(environment: Readonly<Record<string, string>>, upstreamProxy?: Secret, caBundle?: string) {
  const found = readCorporateNetwork({ environment, upstreamProxy, caBundle })
  const proxies = Object.fromEntries([...found.proxies].map(([name, secret]) => [name, secret.reveal()]))
  return { ...found, proxies }
}

function catchError(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return error
  }
}

describe('readCorporateNetwork()', () => {
  test.each<[Record<string, string>, Record<string, string>]>([
    [{}, {}],
    [{ HTTPS_PROXY: 'http://a:1' }, { 'proxy.https': 'http://a:1' }],
    [{ HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2' }, { 'proxy.https': 'http://b:2' }],
    [{ HTTPS_PROXY: 'http://a:1', https_proxy: '' }, { 'proxy.https': 'http://a:1' }],
    [{ http_proxy: 'http://a:1' }, { 'proxy.http': 'http://a:1' }],
    [{ ALL_PROXY: 'http://a:1' }, { 'proxy.https': 'http://a:1', 'proxy.http': 'http://a:1' }],
    [
      { all_proxy: 'http://a:1', HTTP_PROXY: 'http://b:2' },
      { 'proxy.https': 'http://a:1', 'proxy.http': 'http://b:2' },
    ],
  ])('proxies of %j are %j', (environment, expected) => {
    expect(read(environment).proxies).toEqual(expected)
  })

  test.each([
    ['10.0.0.1:3128', 'http://10.0.0.1:3128'],
    ['proxy.corp:3128', 'http://proxy.corp:3128'],
    ['user:pass@proxy.corp:3128', 'http://user:pass@proxy.corp:3128'],
    ['[::1]:3128', 'http://[::1]:3128'],
  ])('a variable %s without a scheme is %s, as curl has it', (value, expected) => {
    expect(read({ HTTPS_PROXY: value }).proxies).toEqual({ 'proxy.https': expected })
  })

  test.each<[Record<string, string>, string, string]>([
    [{ HTTPS_PROXY: 'socks5://u:hunter2@a:1' }, 'HTTPS_PROXY', 'a SOCKS proxy'],
    [{ http_proxy: 'http://u:hunter2@x@a:1' }, 'http_proxy', 'more than one @'],
    [{ ALL_PROXY: 'socks5h://u:hunter2@a:1' }, 'ALL_PROXY', 'a SOCKS proxy'],
    [{ ALL_PROXY: 'socks5://u:hunter2@a:1', HTTP_PROXY: 'http://b:2' }, 'ALL_PROXY', 'a SOCKS proxy'],
    [{ HTTPS_PROXY: 'hunter2' }, 'HTTPS_PROXY', 'a text without a scheme'],
    [{ HTTPS_PROXY: 'http://u:hunter2@a:1\n' }, 'HTTPS_PROXY', 'a line break'],
  ])('an unusable variable is one error that names it and its shape, never its value: %#', (given, name, shape) => {
    const error = catchError(() => read(given))
    expect(error).toMatchObject({
      faults: [{ title: `${name} is not usable`, message: expect.stringContaining(shape) }],
    })
    expect(String(error)).not.toContain('hunter2')
  })

  test.each<[Record<string, string>, Record<string, string>]>([
    [{ ALL_PROXY: 'socks5://a:1', HTTPS_PROXY: 'http://b:2' }, { 'proxy.https': 'http://b:2' }],
    [
      { ALL_PROXY: 'socks5://a:1', HTTPS_PROXY: 'http://b:2', HTTP_PROXY: 'http://c:3' },
      { 'proxy.https': 'http://b:2', 'proxy.http': 'http://c:3' },
    ],
  ])('an all_proxy for other programs is passed over beside a proxy for https: %j', (given, expected) => {
    expect(read(given).proxies).toEqual(expected)
  })

  test('upstream-proxy replaces unusable variables too', () => {
    expect(read({ HTTPS_PROXY: 'socks5://a:1' }, new Secret('http://b:2')).proxies).toMatchObject({
      'proxy.https': 'http://b:2',
    })
  })

  test('upstream-proxy replaces those of the environment', () => {
    const { proxies } = read({ HTTPS_PROXY: 'http://a:1' }, new Secret('http://user:pass@b:2'))
    expect(proxies).toEqual({ 'proxy.https': 'http://user:pass@b:2', 'proxy.http': 'http://user:pass@b:2' })
  })

  test.each([
    [{ NO_PROXY: 'a' }, 'a'],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, 'b'],
    [{}, ''],
  ])('NO_PROXY of %j is %j', (environment: Record<string, string>, expected) => {
    expect(read(environment).noProxy).toBe(expected)
  })

  test('certificates come from text, from a path and from the variables of node and OpenSSL', () => {
    const { ca } = sharedAuthority()
    const path = join(directory, 'ca.pem')
    writeFileSync(path, ca)
    expect(read({}, undefined, ca).extraCa).toEqual([ca])
    expect(read({}, undefined, path).extraCa).toEqual([ca])
    expect(read({ NODE_EXTRA_CA_CERTS: path, SSL_CERT_FILE: path }).extraCa).toEqual([ca])
  })

  test('certificates with trust settings are taken as the input takes them, from text and from a path', () => {
    const ca = sharedAuthority().ca.replaceAll(' CERTIFICATE-----', ' TRUSTED CERTIFICATE-----')
    const path = join(directory, 'trusted.pem')
    writeFileSync(path, ca)
    expect(read({}, undefined, ca).extraCa).toEqual([ca])
    expect(read({}, undefined, path).extraCa).toEqual([ca])
  })

  test.each(['no-such.pem', 'empty.pem'])('a ca-bundle %s that holds no certificate is an error', (name) => {
    writeFileSync(join(directory, 'empty.pem'), 'not a certificate')
    expect(() => read({}, undefined, join(directory, name))).toThrow('ca-bundle')
  })

  test('a stale variable of the machine is passed over', () => {
    expect(read({ NODE_EXTRA_CA_CERTS: join(directory, 'gone.pem') }).extraCa).toEqual([])
  })
})
