import { describe, expect, it } from '@jest/globals'
import { renderAddressRule, renderRule } from '../../../src/core/policy/render-rule.ts'
import { accept, KEYS, type RawInputs, refuse, summarize } from './raw-inputs.ts'

const read = (raw: RawInputs) => accept({ 'openai-api-key': KEYS.openai, ...raw })

describe('parseInputs() for the firewall', () => {
  it('blocks by default, with nothing of the user’s on the list', () => {
    const { inputs, notices } = read({})
    expect(inputs.firewall).toEqual({
      mode: 'block',
      level: 'auto',
      rules: { hosts: [], denied: [] },
      ips: [],
      sudo: 'off',
      docker: 'off',
      failOnBlocked: false,
    })
    expect(notices).toEqual([])
  })

  it('reads every input of it', () => {
    const { inputs, notices } = read({
      'egress-policy': 'audit',
      'firewall-level': 'wrapped',
      'allowed-domains': 'docs.example.com\nnode\n!*.yarnpkg.com',
      'allowed-ips': '10.0.0.5:443',
      sudo: 'keep',
      docker: 'keep',
    })
    const { rules, ips, ...rest } = inputs.firewall
    expect(rest).toEqual({ mode: 'audit', level: 'wrapped', sudo: 'keep', docker: 'keep', failOnBlocked: false })
    expect(rules.hosts.map(renderRule)).toEqual(expect.arrayContaining(['docs.example.com', '*.npmjs.org']))
    expect(rules.denied).toMatchObject([{ kind: 'wildcard', name: 'yarnpkg.com' }])
    expect(ips.map(renderAddressRule)).toEqual(['10.0.0.5:443'])
    expect(notices).toEqual([])
  })

  it('takes the same from config, as a block of text', () => {
    const config = 'egress-policy: off\nfail-on-blocked: false\nallowed-domains: |\n  a.example # one\n  *.b.example\n'
    const { inputs } = read({ config })
    expect(inputs.firewall.mode).toBe('off')
    expect(inputs.firewall.rules.hosts.map(renderRule)).toEqual(['a.example', '*.b.example'])
  })

  it('reports the faulty entries of both lists together, with their lines', () => {
    const faults = refuse({
      'openai-api-key': KEYS.openai,
      'allowed-domains': 'ok.example\n*.com, *\n10.0.0.5',
      'allowed-ips': 'example.com',
      sudo: 'on',
    })
    expect(summarize(faults)).toEqual([
      'allowed-domains input-invalid',
      'allowed-domains input-invalid',
      'allowed-domains input-invalid',
      'allowed-ips input-invalid',
      'sudo input-invalid',
    ])
    expect(faults[2]?.message).toContain('line 3')
    expect(faults[2]?.fix).toContain('allowed-ips')
  })

  it.each([
    [{ 'allowed-domains': 'gist.github.com' }, 'allowed-domains, line 1, gist.github.com: anyone can publish'],
    [
      { 'allowed-domains': 'b\u00fccher.example' },
      'allowed-domains: line 1 is not ASCII and stands for xn--bcher-kva.example',
    ],
    [{ 'egress-policy': 'off', 'allowed-domains': 'node' }, 'egress-policy is off: allowed-domains has no effect.'],
    [
      { 'egress-policy': 'off', docker: 'keep', 'fail-on-blocked': 'true' },
      'egress-policy is off: docker, fail-on-blocked have no effect.',
    ],
    [{ 'egress-policy': 'audit', 'fail-on-blocked': 'true' }, 'egress-policy: audit blocks nothing'],
  ] as const)('says what its author should know: %j', (raw, text) => {
    expect(read(raw as RawInputs).notices).toEqual([expect.stringContaining(text)])
  })
})
