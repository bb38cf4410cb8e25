import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { deriveRulePlan } from '../../../src/firewall/derive-rule-plan.ts'
import type { EnforcedFacts, RuleFacts } from '../../../src/firewall/plan.ts'
import { deriveRouteCommands, renderNft, renderNftUndo } from '../../../src/firewall/render-nft.ts'
import { ENFORCED, PORTS } from './rules-lab.ts'

const golden = (name: string): string => readFileSync(path.join(import.meta.dirname, 'goldens', name), 'utf8')

describe('renderNft()', () => {
  test.each<{ name: string; facts: RuleFacts }>([
    { name: 'enforced-block.nft', facts: ENFORCED },
    { name: 'enforced-audit.nft', facts: { ...ENFORCED, mode: 'audit', rootAddresses: [], containerNetworks: [] } },
    { name: 'wrapped.nft', facts: { kind: 'wrapped', ports: PORTS } },
  ])('is what goldens/$name shows', ({ name, facts }) => {
    expect(renderNft(deriveRulePlan(facts))).toBe(golden(name))
  })

  test('no chain has a rule behind one that ends every packet, and rules of a chain have names of their own', () => {
    const chains = deriveRulePlan({ ...ENFORCED, containerNetworks: ['172.17.0.0/16', 'fd00::/64'] }).chains
    for (const { rules } of chains) {
      const last = rules.findIndex(({ match, action }) => match === '' && !action.startsWith('update'))
      expect(last === -1 || last === rules.length - 1).toBe(true)
      expect(new Set(rules.map((rule) => rule.name)).size).toBe(rules.length)
    }
  })
})

describe('renderNftUndo()', () => {
  test('removes the one table, and does not fail where it is gone', () => {
    expect(renderNftUndo(deriveRulePlan(ENFORCED))).toBe(
      'add table inet setup_agent_proxy\ndelete table inet setup_agent_proxy\n',
    )
  })
})

describe('deriveRouteCommands()', () => {
  test('made-up addresses get a route that does not make them own addresses', () => {
    expect(deriveRouteCommands(deriveRulePlan(ENFORCED))).toEqual({
      add: [['-4', 'route', 'replace', '198.18.0.0/15', 'dev', 'lo', 'src', '127.0.0.1']],
      remove: [['-4', 'route', 'del', '198.18.0.0/15', 'dev', 'lo', 'src', '127.0.0.1']],
    })
  })
})

describe('deriveRulePlan()', () => {
  test.each<{ what: string; facts: Partial<EnforcedFacts>; error: string }>([
    { what: 'port 0', facts: { ports: { ...PORTS, tls: 0 } }, error: 'port for tls' },
    { what: 'a port above 65535', facts: { ports: { ...PORTS, dnsTcp: 65_536 } }, error: 'port for dnsTcp' },
    { what: 'root as an exempt uid', facts: { relayUid: 0 }, error: 'two different uids' },
    { what: 'one uid for both', facts: { relayUid: 7, sidecarUid: 7 }, error: 'two different uids' },
    { what: 'a uid that is no whole number', facts: { sidecarUid: 1.5 }, error: 'two different uids' },
    { what: 'a uid that int32 cannot hold', facts: { sidecarUid: 2 ** 31 }, error: 'two different uids' },
    { what: 'a rule in an address', facts: { rootAddresses: ['1.1.1.1 } accept #'] }, error: 'no address' },
    { what: 'an address with a zone', facts: { rootAddresses: ['fe80::1%eth0'] }, error: 'no address' },
    { what: 'everything as a container network', facts: { containerNetworks: ['0.0.0.0/0'] }, error: 'at least /8' },
    { what: 'all of IPv6 as one', facts: { containerNetworks: ['::/1'] }, error: 'at least /32' },
    { what: 'an address without length', facts: { containerNetworks: ['172.17.0.0'] }, error: 'CIDR' },
    { what: 'a rule in a network', facts: { containerNetworks: ['172.17.0.0/16 }'] }, error: 'CIDR' },
  ])('fails closed: refuses $what', ({ facts, error }) => {
    expect(() => deriveRulePlan({ ...ENFORCED, ...facts })).toThrow(error)
  })
})
