import { describe, expect, it } from '@jest/globals'
import {
  deriveCommandVariables,
  deriveSecretName,
  listConfidentialTexts,
  listPassedNames,
  omitCommandVariables,
} from '../../../src/core/credentials/command-environment.ts'

describe('listPassedNames()', () => {
  it('is the list of the docs, and what a program on Windows needs besides', () => {
    expect(listPassedNames('linux')).toEqual([
      'PATH',
      'HOME',
      'LANG',
      'TMPDIR',
      'SSL_CERT_FILE',
      'NODE_EXTRA_CA_CERTS',
      'HTTP_PROXY',
      'HTTPS_PROXY',
      'NO_PROXY',
      'http_proxy',
      'https_proxy',
      'no_proxy',
    ])
    expect(listPassedNames('win32')).toEqual(expect.arrayContaining(['PATH', 'SystemRoot', 'USERPROFILE']))
  })

  it('never holds what gives rights: tokens of the runner and options of node', () => {
    const names = [...listPassedNames('linux'), ...listPassedNames('win32')]
    expect(names.filter((name) => /ACTIONS_|INPUT_|GITHUB_|NODE_OPTIONS|LD_/.test(name))).toEqual([])
  })
})

describe('deriveCommandVariables(), omitCommandVariables()', () => {
  const secrets = { 'openai.key': 'key', 'command-env.PATH': '/bin', 'command-env.EMPTY': '', 'run-token': 'token' }

  it('part the variables of commands from what the worker needs', () => {
    expect(deriveCommandVariables(secrets)).toEqual({ PATH: '/bin', EMPTY: '' })
    expect(omitCommandVariables(secrets)).toEqual({ 'openai.key': 'key', 'run-token': 'token' })
  })
})

describe('listConfidentialTexts()', () => {
  const hide = (name: string, value: string): readonly string[] =>
    listConfidentialTexts({ [deriveSecretName(name)]: value })

  it('holds every secret that is no variable, however plain it looks', () => {
    expect(
      listConfidentialTexts({ 'openai.key': 'main', 'proxy.https': 'http://proxy:3128', 'run-token': '' }),
    ).toEqual(['main', 'http://proxy:3128'])
  })

  it.each([
    ['PATH', '/usr/local/bin:/usr/bin'],
    ['HOME', '/home/runner'],
    ['LANG', 'C'],
    ['LANG', 'C.UTF-8'],
    ['HTTPS_PROXY', 'http://proxy.corp.example:3128'],
    ['NO_PROXY', 'localhost,127.0.0.1'],
    ['AZURE_CONFIG_DIR', '/home/runner/.azure'],
    ['AWS_PROFILE', 'default'],
    ['VAULT_ADDR', 'https://vault.corp.example/v1'],
    ['RETRIES', '3'],
    ['CI', 'true'],
    ['CREDENTIAL_FILE', '/run/secrets/token'],
    ['TOKEN_URL', 'https://issuer.example/token'],
    ['EMPTY_TOKEN', ''],
    ['OPENAI_ENDPOINT', 'https://my-long-resource-name-2.openai.azure.com/openai/v1'],
    ['LIBRARIES', '/usr/local/lib;C:\\Program Files (x86)\\lib'],
    ['TOKEN_DIR', '/var/run/secrets/tokens'],
  ])('leaves %s=%s readable: masking it would garble every log', (name, value) => {
    expect(hide(name, value)).toEqual([])
  })

  it.each([
    ['AZURE_CLIENT_SECRET', 'abc8Q~something.like-this'],
    ['VAULT_TOKEN', 'default'],
    ['DB_PASSWORD', '12345678'],
    ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'eyJhbGciOi.eyJzdWIi.c2ln'],
    ['ACTIONS_ID_TOKEN_REQUEST_URL', 'https://pipelines.example/token?api-version=2.0'],
    ['SETTING', 'x7Kq2mP9wL4v'],
    ['ENDPOINT', 'https://user:password@issuer.example'],
    ['SLACK_WEBHOOK', 'https://hooks.slack.com/services/T0/B0/XXXXXXXX'],
    ['NOTIFY_URL', 'https://hooks.slack.com/services/T0/B0/XXXXXXXX'],
    ['NOTIFY_URL', 'https://notify.example/v1/0f3b1c9d7a5e4f21/send'],
    ['NOTIFY_URL', 'https://notify.example?key=abcd'],
    ['AWS_SECRET_ACCESS_KEY', '/bPxRfiCYEXAMPLE/wJalrXUtnFEMIK7MDENG0abc'],
    ['AWS_SECRET_ACCESS_KEY', '/bPxRfiCYEXAMPLE/wJalr'],
    ['SETTING', '/bPxRfiCYEXAMPLE/wJalrXUtnFEMIK7MDENG0abc'],
    ['HTTPS_PROXY', 'http://user:password@proxy.corp.example:3128'],
    ['https_proxy', 'http://user:password@proxy.corp.example:3128'],
  ])('hides %s=%s', (name, value) => {
    expect(hide(name, value)).toEqual([value])
  })
})
