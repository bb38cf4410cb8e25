import { describe, expect, it } from '@jest/globals'
import { deriveRunnerHosts } from '../../../src/core/policy/derive-runner-hosts.ts'
import { parseAllowList } from '../../../src/core/policy/parse-allow-list.ts'
import { parseMeta } from '../../../src/core/policy/parse-meta.ts'
import { renderRule } from '../../../src/core/policy/render-rule.ts'
import {
  DOTCOM_RESULT_HOSTS,
  DOTCOM_SERVICES,
  RESULT_HOST,
  TENANT_RESULT_HOSTS,
} from '../../../src/core/policy/runner-services.ts'
import { topologyOf } from './policies.ts'

const account = (name: string) => `${name}.blob.core.windows.net`

/** The members that GitHub's answer has, shortened. */
function answer(domains: object): string {
  return JSON.stringify({
    verifiable_password_authentication: true,
    hooks: ['192.0.2.0/24'],
    actions: ['192.0.2.0/24'],
    domains,
  })
}

const USUAL = answer({
  website: ['*.github.com', '*.github.dev', '*.github.io', '*.githubassets.com', '*.githubusercontent.com'],
  codespaces: ['*.github.dev', '*.windows.net', '*.microsoft.com'],
  copilot: ['*.githubcopilot.com', 'default.exp-tas.com'],
  packages: ['ghcr.io', '*.pkg.github.com'],
  actions: ['*.actions.githubusercontent.com', account('productionresultssa0'), account('productionresultssa150')],
  actions_inbound: {
    full_domains: [
      'github.com',
      'api.github.com',
      'ghcr.io',
      'dependabot-actions.githubapp.com',
      account('productionresultssa150'),
    ],
    wildcard_domains: ['*.actions.githubusercontent.com'],
  },
  artifact_attestations: { trust_domain: '', services: ['*.actions.githubusercontent.com', 'tuf-repo.github.com'] },
  something_new: { nested: [{ x: 1 }] },
})

describe('parseMeta()', () => {
  it('takes the storage accounts, each once, and passes the rest over', () => {
    expect(parseMeta(USUAL)).toEqual([account('productionresultssa0'), account('productionresultssa150')])
  })

  it.each([
    ['a foreign host', 'evil.example'],
    ['a host of GitHub that is no storage', 'api.github.com'],
    ['a look-alike', 'github.com.evil.example'],
    ['a look-alike without a dot', 'evilgithub.com'],
    ['somebody’s storage account', account('evil')],
    ['an account with a padded number', account('productionresultssa07')],
    ['an account with a long number', account('productionresultssa1000')],
    ['an account without number', account('productionresultssa')],
    ['an account below another', account('evil.productionresultssa1')],
    ['an account at another provider', 'productionresultssa1.blob.core.windows.net.evil.example'],
    ['a wildcard over storage', '*.blob.core.windows.net'],
    ['a wildcard over an account', `*.${account('productionresultssa1')}`],
    ['a wildcard over everything', '*'],
    ['a wildcard over a foreign zone', '*.com'],
    ['a wildcard over a bucket', '*.github-cloud.s3.amazonaws.com'],
    ['an address', '192.0.2.1'],
    ['loopback', '127.0.0.1'],
    ['a URL', 'https://github.com/'],
    ['a name with a path', 'github.com/x'],
    ['a name with a line break', 'github.com\nevil.example'],
    ['nothing', ''],
  ])('refuses %s', (_title, name) => {
    const usual = account('productionresultssa3')
    expect(parseMeta(answer({ actions: [usual, name] }))).toEqual([usual])
  })

  it.each([
    ['no JSON', '<html>'],
    ['JSON that is no object', '[]'],
    ['null', 'null'],
    ['a number', '7'],
    ['no domains', '{"actions":["productionresultssa1.blob.core.windows.net"]}'],
    ['domains that are a list', '{"domains":["github.com"]}'],
    ['no actions', answer({ website: ['*.github.com'] })],
    ['actions of another shape', answer({ actions: { a: 1 }, actions_inbound: ['x'] })],
    ['actions that are no texts', answer({ actions: [1, null, {}, ['github.com']] })],
    [
      'too many names',
      answer({ actions: Array.from({ length: 5000 }, (_, index) => account(`productionresultssa${index}`)) }),
    ],
    ['too long', JSON.stringify({ domains: { actions: ['x'.repeat(5_000_000)] } })],
    [
      'a member of the prototype',
      '{"__proto__":{"domains":{"actions":["productionresultssa1.blob.core.windows.net"]}}}',
    ],
  ])('is unusable with %s', (_title, text) => {
    expect(parseMeta(text)).toEqual([])
  })
})

describe('the shipped lists', () => {
  it('name accounts of GitHub’s form only, and not the numbers that were not registered', () => {
    for (const name of [...DOTCOM_RESULT_HOSTS, ...TENANT_RESULT_HOSTS]) expect(name).toMatch(RESULT_HOST)
    expect(DOTCOM_RESULT_HOSTS).not.toContain(account('productionresultssa22'))
    expect(new Set(DOTCOM_RESULT_HOSTS).size).toBe(DOTCOM_RESULT_HOSTS.length)
  })

  it('give a reason for each service', () => {
    for (const row of DOTCOM_SERVICES) expect(row.reason.length).toBeGreaterThan(10)
  })
})

describe('deriveRunnerHosts()', () => {
  const rules = (url: string, text = '') => deriveRunnerHosts(topologyOf(url), parseMeta(text)).map(renderRule)

  it('takes the accounts from the answer, and the shipped ones only without it', () => {
    const fresh = rules('https://github.com', USUAL)
    expect(fresh).toContain(account('productionresultssa150'))
    expect(fresh).not.toContain(account('productionresultssa1'))
    for (const text of ['', '<html>', answer({ actions: ['*.actions.githubusercontent.com'] })]) {
      expect(rules('https://github.com', text)).toEqual(expect.arrayContaining([...DOTCOM_RESULT_HOSTS]))
    }
  })

  it('has no wildcard but those over the zones of Actions', () => {
    const wildcards = (url: string) => rules(url, USUAL).filter((rule) => rule.includes('*'))
    expect(wildcards('https://github.com')).toEqual(['*.actions.githubusercontent.com'])
    expect(wildcards('https://acme.ghe.com')).toEqual(['*.actions.acme.ghe.com', '*.actions.githubusercontent.com'])
  })

  it.each(['https://github.com', 'https://acme.ghe.com'])('gives rules that users’ lists could have: %s', (url) => {
    const found = deriveRunnerHosts(topologyOf(url), parseMeta(USUAL))
    const list = parseAllowList(found.map(renderRule).join('\n'), { input: 'x' })
    expect(list.faults).toEqual([])
    expect(list.hosts.map(({ origin: _own, ...rule }) => rule)).toEqual(found.map(({ origin: _own, ...rule }) => rule))
  })

  it('adds nothing for a server, whose storage only its owner knows', () => {
    expect(rules('https://ghes.corp.example', USUAL)).toEqual([])
  })
})
