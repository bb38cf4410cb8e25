import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import type { HostRule, Policy, RuleScheme } from '../../../src/core/policy/policy.ts'
import { renderSquid, type SquidOptions } from '../../../src/firewall/render-squid.ts'
import { describeWith, findProgram } from '../../support/needs.ts'
import { Namespace, type Probe } from '../../support/network-lab.ts'
import { waitUntil } from '../../support/wait-until.ts'

const origin = { kind: 'runner', reason: 'a test' } as const
const allow = (
  kind: HostRule['kind'],
  name: string,
  scheme: RuleScheme,
  port: number,
  mayBePrivate = false,
): HostRule => ({
  kind,
  name: name as Hostname,
  scheme,
  port,
  mayBePrivate,
  origin,
})

const POLICY: Policy = {
  mode: 'block',
  hosts: [
    allow('host', 'exact.example', 'https', 443),
    allow('host', 'ports.example', 'https', 8443),
    allow('host', 'plain.example', 'http', 80),
    allow('host', 'git.example', 'tcp', 22),
    allow('wildcard', 'wild.example', 'https', 443),
    allow('wildcard', 'deep.wild.example', 'https', 443),
    allow('host', 'both.example', 'https', 443),
    allow('wildcard', 'both.example', 'https', 443),
    allow('host', 'rebound.example', 'https', 443),
    allow('host', 'half.example', 'https', 443),
    allow('host', 'metadata.example', 'https', 443, true),
    allow('host', 'ghes.example', 'https', 443, true),
    allow('host', 'compatible.example', 'https', 443, true),
    allow('host', 'nat64.example', 'https', 443, true),
  ],
  addresses: [
    { network: '192.0.2.0/24', port: 443, origin },
    { network: '192.0.2.7/32', port: 443, origin },
    { network: '10.9.9.9/32', port: null, origin },
  ],
  denied: [
    { kind: 'host', name: 'bad.wild.example' as Hostname, origin },
    { kind: 'wildcard', name: 'worse.wild.example' as Hostname, origin },
  ],
}

const OPTIONS: SquidOptions = {
  listen: { address: '127.0.0.1', port: 3128 },
  accessLog: null,
  directory: null,
  nameservers: [],
}

/** The outside, on loopback of a namespace that has nothing else. 10.8.8.8 and 10.9.9.9 stand for a company's network. */
const ADDRESSES = ['203.0.113.2', '192.0.2.7', '10.8.8.8', '10.9.9.9', '169.254.169.254']
const HOSTS = [
  '203.0.113.2 exact.example sub.exact.example ports.example plain.example git.example unlisted.example',
  '203.0.113.2 wild.example a.wild.example a.b.wild.example bad.wild.example x.bad.wild.example',
  '203.0.113.2 worse.wild.example x.worse.wild.example deep.wild.example x.deep.wild.example evilwild.example',
  '203.0.113.2 both.example a.both.example half.example',
  '10.8.8.8 rebound.example half.example ghes.example',
  '169.254.169.254 metadata.example',
  '::7f00:1 compatible.example',
  '64:ff9b::a9fe:a9fe nat64.example',
]

const connectTo = (authority: string): string => `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`
const getFrom = (url: string, host = new URL(url).host): string =>
  `GET ${url} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`

/** What is sent, and the status that block mode answers. */
const CASES: readonly { what: string; sends: string; status: 200 | 403 }[] = [
  { what: 'an exact host', sends: connectTo('exact.example:443'), status: 200 },
  { what: 'an exact host in other letters', sends: connectTo('EXACT.example:443'), status: 200 },
  { what: 'a sub-name of an exact host', sends: connectTo('sub.exact.example:443'), status: 403 },
  { what: 'an exact host on another port', sends: connectTo('exact.example:8443'), status: 403 },
  { what: 'an exact host by plain HTTP', sends: getFrom('http://exact.example/'), status: 403 },
  { what: 'an exact host by plain HTTP on its port', sends: getFrom('http://exact.example:443/'), status: 403 },
  { what: 'a host on the port of its rule', sends: connectTo('ports.example:8443'), status: 200 },
  { what: 'that host on the port of others', sends: connectTo('ports.example:443'), status: 403 },
  { what: 'a host nobody names', sends: connectTo('unlisted.example:443'), status: 403 },
  { what: 'a plain host', sends: getFrom('http://plain.example/a?b'), status: 200 },
  { what: 'a plain host through CONNECT', sends: connectTo('plain.example:80'), status: 403 },
  { what: 'another scheme', sends: getFrom('ftp://plain.example/'), status: 403 },
  { what: 'https without CONNECT', sends: getFrom('https://exact.example/'), status: 403 },
  { what: 'a tcp rule', sends: connectTo('git.example:22'), status: 200 },
  { what: 'a tcp rule on another port', sends: connectTo('git.example:443'), status: 403 },
  { what: 'a name below a wildcard', sends: connectTo('a.wild.example:443'), status: 200 },
  { what: 'a name deep below a wildcard', sends: connectTo('a.b.wild.example:443'), status: 200 },
  { what: 'the name of a wildcard itself', sends: connectTo('wild.example:443'), status: 403 },
  { what: 'the name of a wildcard below another', sends: connectTo('deep.wild.example:443'), status: 200 },
  { what: 'a name below a wildcard below another', sends: connectTo('x.deep.wild.example:443'), status: 200 },
  { what: 'a name that only ends alike', sends: connectTo('evilwild.example:443'), status: 403 },
  { what: 'a wildcard with a rule for its name', sends: connectTo('both.example:443'), status: 200 },
  { what: 'a denied name below a wildcard', sends: connectTo('bad.wild.example:443'), status: 403 },
  { what: 'a name below a denied name', sends: connectTo('x.bad.wild.example:443'), status: 200 },
  { what: 'the name of a denied wildcard', sends: connectTo('worse.wild.example:443'), status: 200 },
  { what: 'a name below a denied wildcard', sends: connectTo('x.worse.wild.example:443'), status: 403 },
  { what: 'an address', sends: connectTo('203.0.113.2:443'), status: 403 },
  { what: 'an IPv6 address', sends: connectTo('[2001:db8::1]:443'), status: 403 },
  { what: 'an address as one number', sends: connectTo('3405803778:443'), status: 403 },
  { what: 'loopback', sends: connectTo('127.0.0.1:443'), status: 403 },
  { what: 'an address of an address rule', sends: connectTo('192.0.2.7:443'), status: 200 },
  { what: 'that address on another port', sends: connectTo('192.0.2.7:22'), status: 403 },
  { what: 'an address with every port', sends: connectTo('10.9.9.9:22'), status: 200 },
  { what: 'an allowed name that leads inside', sends: connectTo('rebound.example:443'), status: 403 },
  { what: 'an allowed name of which one address is inside', sends: connectTo('half.example:443'), status: 403 },
  { what: 'a customer’s own server inside', sends: connectTo('ghes.example:443'), status: 200 },
  { what: 'a customer’s own server that leads to metadata', sends: connectTo('metadata.example:443'), status: 403 },
  { what: 'a name with an IPv4 address in old IPv6 form', sends: connectTo('compatible.example:443'), status: 403 },
  { what: 'a name with metadata hidden in NAT64', sends: connectTo('nat64.example:443'), status: 403 },
  { what: 'Squid’s own pages', sends: getFrom('http://127.0.0.1:3128/squid-internal-mgr/info'), status: 403 },
]

const needs = { programs: ['squid', 'ip', 'unshare', 'nsenter'], isRoot: true }

/** A real Squid with the policy, alone with a fake outside. */
class SquidLab {
  readonly namespace: Namespace
  readonly directory: string
  readonly plainServer: Probe

  private constructor(namespace: Namespace, directory: string) {
    this.namespace = namespace
    this.directory = directory
    this.plainServer = namespace.start({
      kind: 'http-serve',
      uid: 0,
      at: { host: '0.0.0.0', port: 80 },
      says: 'outside',
    })
  }

  static async create(policy: Policy): Promise<SquidLab> {
    const directory = mkdtempSync(path.join(tmpdir(), 'squid-'))
    chmodSync(directory, 0o777) // Squid gives up root
    const lab = new SquidLab(await Namespace.create(), directory)
    const hostsFile = path.join(directory, 'hosts')
    writeFileSync(hostsFile, `${HOSTS.join('\n')}\n`)
    const file = path.join(directory, 'squid.conf')
    const options = { ...OPTIONS, directory, accessLog: path.join(directory, 'access.log') }
    // Nobody answers there: a lookup fails at once.
    const rendered = renderSquid(policy, { ...options, nameservers: ['127.0.0.1'] })
    writeFileSync(file, `hosts_file ${hostsFile}\n${rendered}`)
    const squid = findProgram('squid') ?? ''
    const parsed = await lab.namespace.run('sh', '-c', '"$0" -k parse -f "$1" 2>&1', squid, file)
    // It would go on without what it calls redundant, and that may be the wider of two.
    expect(parsed).not.toMatch(/subnetwork|subdomain|ignored|ERROR|FATAL/)
    for (const address of ADDRESSES) await lab.namespace.run('ip', 'addr', 'add', `${address}/32`, 'dev', 'lo')
    const serve = (port: number) =>
      lab.namespace.ask({ kind: 'tcp-serve', uid: 0, at: { host: '0.0.0.0', port }, says: 'outside' })
    await Promise.all([443, 8443, 22].map(serve))
    await lab.plainServer.next()
    lab.namespace.spawn(squid, '-N', '-f', file)
    await waitUntil('Squid answers', async () => (await lab.ask(connectTo('unlisted.example:443'))) !== undefined)
    return lab
  }

  /** @returns the status of Squid's answer; undefined when it does not answer. */
  async ask(sends: string): Promise<number | undefined> {
    const answer = await this.namespace.ask({
      kind: 'exchange',
      uid: 0,
      at: { host: '127.0.0.1', port: OPTIONS.listen.port },
      sends,
    })
    const status = /^HTTP\/1\.1 (\d+)/.exec(String(answer.text))?.[1]
    return status === undefined ? undefined : Number(status)
  }

  readLog(): string {
    return readFileSync(path.join(this.directory, 'access.log'), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.namespace[Symbol.asyncDispose]()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

describeWith(needs, 'renderSquid(), block, in a real Squid', () => {
  let lab: SquidLab
  beforeAll(async () => {
    lab = await SquidLab.create(POLICY)
  })
  afterAll(() => lab[Symbol.asyncDispose]())

  test.each(CASES)('$what: $status', async ({ sends, status }) => {
    expect(await lab.ask(sends)).toBe(status)
  })

  test('a plain host with the Host of another gets its own name', async () => {
    await lab.ask(getFrom('http://plain.example/named', 'evil.example'))
    const received = await waitUntil('the request is there', async () => {
      const line = await lab.plainServer.next()
      return line.received === '/named' && line
    })
    expect(received.host).toBe('plain.example')
  })

  test('the log tells verdict, host and port of each request, and no path', async () => {
    await lab.ask(getFrom('http://plain.example/secret-path?secret-query'))
    const log = await waitUntil(
      'the log has it',
      () => / allowed GET plain\.example 80 /.test(lab.readLog()) && lab.readLog(),
    )
    expect(log).toContain(' blocked CONNECT unlisted.example 443 403 ')
    expect(log).not.toContain('secret')
  })
})

describeWith(needs, 'renderSquid(), audit, in a real Squid', () => {
  test('nothing is refused, and the log says what would be', async () => {
    await using lab = await SquidLab.create({ ...POLICY, mode: 'audit' })
    for (const authority of [
      'unlisted.example:443',
      'bad.wild.example:443',
      'exact.example:443',
      'rebound.example:443',
    ])
      expect(await lab.ask(connectTo(authority))).toBe(200)
    const log = await waitUntil('the log has it', () => /rebound/.test(lab.readLog()) && lab.readLog())
    expect(log).toContain(' would-block CONNECT bad.wild.example 443 200 ')
    expect(log).toContain(' would-block CONNECT rebound.example 443 200 ')
    expect(log).toContain(' allowed CONNECT exact.example 443 200 ')
  })
})

describe('renderSquid()', () => {
  test.each<{ what: string; options: Partial<SquidOptions> }>([
    { what: 'a name to listen at', options: { listen: { address: 'localhost', port: 3128 } } },
    { what: 'a port of 0', options: { listen: { address: '127.0.0.1', port: 0 } } },
    { what: 'a directive in a path', options: { accessLog: '/tmp/log\nhttp_access allow all' } },
    { what: 'a word in a path', options: { directory: '/tmp/a b' } },
    { what: 'a relative path', options: { directory: 'logs' } },
    { what: 'a name as name server', options: { nameservers: ['dns.example'] } },
  ])('fails closed: refuses $what', ({ options }) => {
    expect(() => renderSquid(POLICY, { ...OPTIONS, ...options })).toThrow(RangeError)
  })

  test('a policy without rules refuses everything', () => {
    const text = renderSquid({ mode: 'block', hosts: [], addresses: [], denied: [] }, OPTIONS)
    expect(text).not.toMatch(/http_access allow/)
    expect(text).toMatch(/http_access deny all\n$/)
  })

  test('what no rule allows is never looked up: in each line that asks for an address, a name stands before', () => {
    const lines = renderSquid(POLICY, OPTIONS)
      .split('\n')
      .filter((line) => /^http_access .*(!never|address_)/.test(line))
    expect(lines.length).toBeGreaterThan(5)
    for (const line of lines) expect(line).toMatch(/(https|http|tcp)_\d+\S* .*!never|literal .*address_/)
  })
})
