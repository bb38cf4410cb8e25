import { describe, expect, it } from '@jest/globals'
import { createConflictFault } from '../../../src/core/inputs/input-fault.ts'
import { INPUT_NAMES, INPUTS } from '../../../src/core/inputs/input-table.ts'
import { isConfigPath } from '../../../src/core/inputs/parse-config.ts'
import { parseInputs } from '../../../src/core/inputs/parse-inputs.ts'
import { accept, KEYS, refuse, summarize } from './raw-inputs.ts'

describe('isConfigPath()', () => {
  it.each(['.github/agent-proxy.yml', ' /etc/agent-proxy.yaml\n', 'C:\\agent\\proxy.json', 'config'])(
    'takes %j',
    (text) => {
      expect(isConfigPath(text)).toBe(true)
    },
  )

  it.each([
    '',
    ' ',
    'validate: warn',
    'validate:',
    'validate: warn\nsummary: false',
    '{"validate": "warn"}',
    '{a: b}',
    '[x]',
  ])('does not take %j', (text) => {
    expect(isConfigPath(text)).toBe(false)
  })
})

describe('config', () => {
  it('reaches every input', () => {
    const known = INPUT_NAMES.filter((name) => name !== 'config')
    const faults = refuse({ config: known.map((name) => `${name}: "a\\0b"`).join('\n') })
    expect(faults.map((fault) => fault.input).sort()).toEqual([...known].sort())
    for (const fault of faults) expect(fault.message).toMatch(/It stands in config, line \d+, column 1\.$/)
  })

  it('reads numbers, booleans and words as texts', () => {
    const { inputs } = accept({
      config: [
        '# everything in one place',
        `openai-api-key: ${KEYS.openai}`,
        'max-requests: 12',
        'stream-idle-timeout: 600   ',
        'summary: false',
        'client-auth: none',
        '"log-level": \'debug\'',
      ].join('\n'),
    })
    expect(inputs).toMatchObject({
      streamIdleTimeoutMs: 600_000,
      limits: { maxRequests: 12 },
      summary: false,
      clientAuth: 'none',
      logLevel: 'debug',
    })
    expect(inputs.secrets.get('openai.key')?.reveal()).toBe(KEYS.openai)
  })

  it.each(['\n', '\r\n', '\r'])('takes %j for a line break, whose place is counted', (lineBreak) => {
    expect(
      accept({ config: `openai-api-key:${lineBreak}  ${KEYS.openai}${lineBreak}max-tokens: 5` }).inputs.limits
        .maxTokens,
    ).toBe(5)
    const [fault] = refuse({ config: ['openai-api-key: none', 'max-tokens: 5', 'max-tokenz: 6'].join(lineBreak) })
    expect(fault?.message).toMatch(/line 3, column 1\.$/)
  })

  it('reads JSON', () => {
    expect(
      accept({ config: JSON.stringify({ 'openai-api-key': KEYS.openai, 'max-tokens': 5 }) }).inputs.limits.maxTokens,
    ).toBe(5)
  })

  it('reads headers as a mapping or as a block', () => {
    const mapping = `provider-base-url: https://gw.corp\nprovider-headers:\n  X-Team: "a: b"\n  x-count: 007\n`
    const block = 'provider-base-url: https://gw.corp\nprovider-headers: |\n  X-Team: "a: b"\n  x-count: 007\n'
    for (const config of [mapping, block]) {
      const { inputs } = accept({ config })
      expect(inputs.providers[0]?.extraHeaderNames).toEqual(['x-team', 'x-count'])
      expect(inputs.secrets.get('header.x-team')?.reveal()).toBe('a: b')
      expect(inputs.secrets.get('header.x-count')?.reveal()).toBe('007')
    }
  })

  it('reads the entries of a list as lines, of a program as its arguments', () => {
    const { inputs } = accept({
      config: [
        'openai-api-key-command: ["/bin/sh", -c, "echo a, b"]',
        'command-environment: [VAULT_ADDR, VAULT_ROLE]',
        'refresh-on-status:',
        '  - 401',
        '  - 400:ExpiredToken',
        'allowed-domains:',
        '  - node',
        '  - "*.example.com"',
        '  - "!tracker.example.com"',
        'allowed-ips: [10.0.0.5:443]',
      ].join('\n'),
    })
    expect(inputs.providers[0]?.credential).toMatchObject({
      kind: 'command',
      argv: ['/bin/sh', '-c', 'echo a, b'],
      environmentNames: ['VAULT_ADDR', 'VAULT_ROLE'],
    })
    expect(inputs.refresh.onStatus).toEqual([{ status: 401 }, { status: 400, text: 'ExpiredToken' }])
    expect(inputs.firewall.rules.hosts.map(({ name }) => name)).toContain('example.com')
    expect(inputs.firewall.rules.denied.map(({ name }) => name)).toEqual(['tracker.example.com'])
    expect(inputs.firewall.ips).toMatchObject([{ network: '10.0.0.5', port: 443 }])
  })

  it('says line and column of every faulty entry of a list, and takes none of the others for it', () => {
    const config =
      'allowed-domains:\n  - example.com\n  - https://x.example/path\n  -   "*"\nallowed-ips: [1.2.3, 10.0.0.1]'
    const faults = refuse({ 'openai-api-key': KEYS.openai, config })
    expect(faults.map(({ input, line }) => [input, line])).toEqual([
      ['allowed-domains', 2],
      ['allowed-domains', 3],
      ['allowed-ips', 1],
    ])
    const places = faults.map(({ message }) => /It stands in config, (.*)\.$/.exec(message)?.[1])
    expect(places).toEqual(['line 3, column 5', 'line 4, column 7', 'line 5, column 15'])
  })

  it.each([
    ['- a\n  - [b]', 'no plain text in line 3, column 5'],
    ['- {a: b}', 'no plain text in line 2, column 5'],
    ['-', 'empty in line 2'],
    ['- " "', 'empty in line 2, column 5'],
    ['- |\n    a\n    b', 'several lines in line 2, column 5'],
    ['- a.example #b', 'comment stands behind the value'],
    ['- "#a"', 'begins with # in line 2, column 5'],
  ])('refuses an entry of a list such as %j and says where', (item, where) => {
    const faults = refuse({ 'openai-api-key': KEYS.openai, config: `allowed-domains:\n  ${item}` })
    expect(summarize(faults)).toEqual(['config config-invalid'])
    expect(faults[0]?.message).toContain(where)
  })

  it('takes an empty key for a missing secret, as in `with:`', () => {
    expect(summarize(refuse({ config: 'openai-api-key:' }))).toEqual(['openai-api-key secret-missing'])
  })

  it('takes the default of an input for not given', () => {
    expect(accept({ 'openai-api-key': KEYS.openai, validate: 'off', config: 'validate: strict' }).inputs.validate).toBe(
      'off',
    )
  })

  it('agrees with the same value given directly', () => {
    expect(accept({ 'openai-api-key': KEYS.openai, validate: 'off', config: 'validate: off' }).inputs.validate).toBe(
      'off',
    )
  })

  it('refuses another value than the one given directly', () => {
    const faults = refuse({ 'openai-api-key': KEYS.openai, validate: 'off', config: '\n  validate: warn' })
    expect(summarize(faults)).toEqual(['validate input-conflict'])
    expect(faults[0]?.message).toContain('line 2, column 3')
  })

  it('refuses a default that was written out and that config contradicts, where only what is written is given', () => {
    const raw = new Map([
      ['openai-api-key', KEYS.openai],
      ['egress-policy', 'block'],
      ['config', 'egress-policy: "off"'],
    ])
    const facts = [['github-server-url', 'https://github.com']] as const
    const atTerminal = parseInputs(raw, new Map([...facts, ['inputs', 'explicit']]))
    expect(atTerminal.kind === 'faults' && summarize(atTerminal.faults)).toEqual(['egress-policy input-conflict'])
    // A runner fills the default in, so that this is what config alone looks like there.
    expect(parseInputs(raw, new Map(facts))).toMatchObject({ kind: 'ok', inputs: { firewall: { mode: 'off' } } })
  })

  it('refuses two different secrets without showing either', () => {
    const other = `${KEYS.openai}b`
    const faults = refuse({ 'openai-api-key': KEYS.openai, config: `openai-api-key: ${other}` })
    expect(summarize(faults)).toEqual(['openai-api-key input-conflict'])
    expect(JSON.stringify(faults)).not.toContain(KEYS.openai.slice(8))
  })

  it.each([
    ['an unknown name', 'summary: false\nopenai-key: x', 'line 2, column 1', 'openai-api-key'],
    ['a name in another case', 'Validate: warn', 'line 1, column 1', 'validate'],
    ['a name twice', 'validate: warn\nvalidate: warn', 'twice in line 2', 'name: value'],
    ['a list', 'summary: [true]', 'line 1, column 1', 'name: value'],
    ['a mapping for a plain input', 'validate: {a: b}', 'validate is a mapping', 'name: value'],
    ['a list for a name', 'summary: false\n? [a, b]\n: c', 'line 2, column 3', 'name: value'],
    ['a mapping for a name', 'summary: false\n\n? {a: b}\n: c', 'line 3, column 3', 'name: value'],
    ['an alias for a name', 'summary: &a false\n? *a\n: c', 'line 2, column 3', 'name: value'],
    ['a comment glued to a value', 'openai-base-url: https://x #y', 'comment stands behind', 'name: value'],
    ['no mapping', 'hello', 'not a mapping', 'name: value'],
    ['broken YAML', 'validate: "warn', 'missing', 'name: value'],
    ['two documents', 'validate: warn\n---\nvalidate: off', 'second document', 'name: value'],
  ])('refuses %s and says where', (_title, config, where, fix) => {
    const faults = refuse({ 'openai-api-key': KEYS.openai, config })
    expect(summarize(faults)).toEqual(['config config-invalid'])
    expect(faults[0]?.message).toContain(where)
    expect(faults[0]?.fix).toContain(fix)
  })

  it('survives an alias bomb', () => {
    const levels = Array.from({ length: 30 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`)
    const faults = refuse({ 'openai-api-key': KEYS.openai, config: ['a0: &a0 x', ...levels].join('\n') })
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.every((fault) => fault.input === 'config')).toBe(true)
  })

  it.each(['[', '{', '- ', '? ', 'a: ', '&a ', '!!str '])('survives 100000 times %j', (text) => {
    const config = text.repeat(100_000).slice(0, 100_000)
    expect(summarize(refuse({ 'openai-api-key': KEYS.openai, config }))).toEqual(['config config-invalid'])
  })

  it('refuses a text beyond its bound', () => {
    const config = `# ${'x'.repeat(300_000)}\nvalidate: off`
    expect(summarize(refuse({ 'openai-api-key': KEYS.openai, config }))).toEqual(['config config-invalid'])
  })
})

describe('INPUTS', () => {
  it('have names that leave room in the title of a fault', () => {
    for (const name of INPUT_NAMES) expect(createConflictFault(name, '', '').title.length).toBeLessThanOrEqual(60)
  })

  it('have defaults that are among their values and within their bounds', () => {
    for (const name of INPUT_NAMES) {
      const row = INPUTS[name]
      if ('values' in row) expect(row.values).toContain(row.default)
      expect(row.description).toMatch(/\.$/)
    }
  })
})
