import type { Hostname } from '../../src/core/hostname.ts'
import { decideAddress, decideDestination } from '../../src/core/policy/decide.ts'
import { parseIpNetwork, renderIpNetwork } from '../../src/core/policy/ip-address.ts'
import { type AllowList, parseAllowList } from '../../src/core/policy/parse-allow-list.ts'
import { parseAllowedIps } from '../../src/core/policy/parse-allowed-ips.ts'
import { parseRule } from '../../src/core/policy/parse-rule.ts'
import type { DenyRule, HostRule, Policy } from '../../src/core/policy/policy.ts'
import { renderAddressRule, renderDenyRule, renderRule } from '../../src/core/policy/render-rule.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

export interface AllowListSubject {
  readonly parse: typeof parseAllowList
  readonly decide: typeof decideDestination
}

const NAMES = [
  'example.com',
  'a.example.com',
  'EXAMPLE.org.',
  'bücher.example',
  'xn--bcher-kva.example',
  'github.io',
  'co.uk',
  'localhost',
  'npm',
  'x',
  '192.0.2.1',
  '1.2',
  'a_b.example',
  '0x7f.1',
  'evil\u0430.example',
]
const PARTS = [
  '*.',
  '!',
  '!*.',
  'https://',
  'http://',
  'tcp://',
  'ftp://',
  ':443',
  ':80',
  ':22',
  ':0',
  ':65536',
  ':*',
  '/',
  '/x',
  '?',
  '#',
  ' # c',
  '@',
  ',',
  '\n',
  '\r',
  ' ',
  '\t',
  '\u00a0',
  '*',
  '.',
  '..',
  ['$', '{{ x }}'].join(''),
  '%2e',
  '\u3002',
  '\u200b',
  '\uff0e',
]

/** The grammar of `allowed-domains`, and what its rules allow. */
export function createAllowListTarget(
  subject: AllowListSubject = { parse: parseAllowList, decide: decideDestination },
): Target {
  return {
    name: 'allow-list',
    reads: 'allowed-domains',
    seeds: [
      'example.com\n*.example.org # comment\n!bad.example.org, tcp://git.example.com:22',
      'npm, pypi\nhttp://example.com:8080',
      '!*.example.com\na.example.com',
    ].map((text) => Buffer.from(text)),
    words: [...NAMES, ...PARTS],
    generate: (dice) => generateList(dice, NAMES, PARTS),
    mustReach: ['rules', 'faults', 'denied', 'empty'],
    check: (input) => {
      const text = input.toString('utf8')
      const list = subject.parse(text, { input: 'allowed-domains' })
      const lines = text.split(/\r\n|\n|\r/).length
      for (const { line = 0, message, fix } of list.faults) {
        demand(line >= 1 && line <= lines, 'the line of a fault lies in the text', () => message)
        demand(!/[\p{Cc}\u2028\u2029]/u.test(message + fix), 'a sentence is one line', () => JSON.stringify(message))
      }
      const own = list.hosts.filter(({ origin }) => origin.kind === 'user')
      own.forEach(checkRule)
      list.denied.forEach(checkDeny)
      checkDecisions(list, own, subject.decide)
      if (list.faults.length > 0) return 'faults'
      return list.denied.length > 0 ? 'denied' : own.length > 0 ? 'rules' : 'empty'
    },
  }
}

function checkRule(rule: HostRule): void {
  const text = renderRule(rule)
  const again = parseRule(text)
  const { kind, name, scheme, port } = rule
  demand(again.kind === 'allow', 'a rule that was accepted is accepted as it is printed', () =>
    JSON.stringify([text, again]),
  )
  if (again.kind === 'allow')
    demandEqual(
      [again.target.kind, again.target.name, again.target.scheme, again.target.port],
      [kind, name, scheme, port],
      'a rule reads back as itself',
    )
  demand(/^[\x21-\x7e]+$/.test(text), 'a rule is printed in ASCII', () => text)
  if (rule.origin.kind === 'user')
    demand(/^[\x21-\x7e]+$/.test(rule.origin.text), 'where a rule comes from is printed in ASCII', () => text)
}

function checkDeny(rule: DenyRule): void {
  const again = parseRule(renderDenyRule(rule))
  demandEqual(
    again.kind === 'deny' ? [again.target.kind, again.target.name] : again,
    [rule.kind, rule.name],
    'a deny rule reads back as itself',
  )
}

/** Exactly what a rule says is allowed: its name or the names below it, its port, its scheme; and a deny rule wins. */
function checkDecisions(
  { denied, hosts }: AllowList,
  own: readonly HostRule[],
  decide: typeof decideDestination,
): void {
  for (const rule of own) {
    const policy: Policy = { mode: 'block', hosts: [rule], addresses: [], denied: [] }
    const isAllowed = (name: string, port = rule.port, scheme = rule.scheme): boolean =>
      decide(policy, { name: name as Hostname, port, scheme }).verdict === 'allowed'
    const isWildcard = rule.kind === 'wildcard'
    demandEqual(
      [
        isAllowed(rule.name),
        isAllowed(`x.${rule.name}`),
        isAllowed(`y.x.${rule.name}`),
        isAllowed(`evil${rule.name}`),
        isAllowed(`${rule.name}.evil.example`),
      ],
      [!isWildcard, isWildcard, isWildcard, false, false],
      'a rule allows its names and no other',
    )
    const name = isWildcard ? `x.${rule.name}` : rule.name
    demand(!isAllowed(name, rule.port === 65_535 ? 1 : rule.port + 1), 'a rule allows its port only', () =>
      renderRule(rule),
    )
  }
  const policy: Policy = { mode: 'block', hosts, addresses: [], denied }
  for (const { kind, name } of denied) {
    const denies = (kind === 'host' ? name : `x.${name}`) as Hostname
    demand(
      decide(policy, { name: denies, port: 443, scheme: 'https' }).verdict === 'blocked',
      'a deny rule wins',
      () => denies,
    )
  }
}

const ADDRESSES = [
  '192.0.2.5',
  '10.20.0.0/16',
  '2001:db8::5',
  '[2001:db8::/48]:443',
  '::ffff:1.2.3.4',
  '127.0.0.1',
  '10.0.0.0/7',
  '1.2.3',
  '169.254.169.254',
  '2001:db8::5%eth0',
  '::',
  '0.0.0.0/0',
  '192.0.2.0/24',
  'FD00::/48',
]

/** `allowed-ips`. */
export function createAllowedIpsTarget(parse: typeof parseAllowedIps = parseAllowedIps): Target {
  return {
    name: 'allowed-ips',
    reads: 'allowed-ips',
    seeds: ['192.0.2.5, 10.20.0.0/16:443\n[2001:db8::/48]:443 # x'].map((text) => Buffer.from(text)),
    words: [...ADDRESSES, ...PARTS, '/32', '/128', '/33', '[', ']', '::', '%1'],
    generate: (dice) => generateList(dice, ADDRESSES, PARTS),
    mustReach: ['rules', 'faults'],
    check: (input) => {
      const { addresses, faults } = parse(input.toString('utf8'), { input: 'allowed-ips' })
      for (const rule of addresses) {
        const again = parse(renderAddressRule(rule), { input: 'allowed-ips' }).addresses[0]
        demandEqual([again?.network, again?.port], [rule.network, rule.port], 'a rule reads back as itself')
        const network = parseIpNetwork(rule.network)
        demand(network !== undefined && renderIpNetwork(network) === rule.network, 'a network is written in one way')
        const address = rule.network.replace(/\/.*/, '')
        const policy: Policy = { mode: 'block', hosts: [], denied: [], addresses: [rule] }
        const port = rule.port ?? 443
        demand(
          decideAddress(policy, address, port).verdict === 'allowed',
          'a rule allows its address',
          () => rule.network,
        )
        if (rule.port !== null)
          demand(
            decideAddress(policy, address, (port % 65_535) + 1).verdict === 'blocked',
            'a rule allows its port only',
          )
      }
      return faults.length > 0 ? 'faults' : addresses.length > 0 ? 'rules' : 'empty'
    },
  }
}

function generateList(dice: Dice, names: readonly string[], parts: readonly string[]): Buffer {
  let text = ''
  for (let count = dice.below(5); count > 0; count -= 1) {
    if (dice.chance(3)) text += dice.pick(parts.slice(0, 8))
    text += dice.pick(names)
    if (dice.chance(3)) text += dice.pick(parts)
    text += dice.pick(['\n', ', ', '\r\n', ' # c\n', ','])
  }
  return Buffer.from(text)
}
