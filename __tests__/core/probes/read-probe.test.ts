import { describe, expect, test } from '@jest/globals'
import { CAUSES } from '../../../src/core/probes/cause-table.ts'
import { PROBE_BODY_LIMIT } from '../../../src/core/probes/probe.ts'
import { type ProbeReading, readProbe } from '../../../src/core/probes/read-probe.ts'
import { ANSWER_CASES, type AnswerCase } from './answers.ts'
import { answer, DOTCOM, MODELS, provider, SERVER, TENANT } from './situations.ts'

function read(each: AnswerCase): ProbeReading {
  const { topology = DOTCOM, tokenKind } = each
  return readProbe(
    { provider: each.provider, topology, ...(tokenKind === undefined ? {} : { tokenKind }) },
    each.answer,
  )
}

function describeAnswer({ answer: given, provider: config }: AnswerCase): string {
  if (given.kind === 'failure') return `${config.id} ${given.failure} ${given.code}`
  return `${config.id}/${config.dialect} ${given.status} ${JSON.stringify(given.body.slice(0, 90))}`
}

describe('readProbe reads', () => {
  test.each(ANSWER_CASES.map((each) => [describeAnswer(each), each.cause, each] as const))(
    '%s as %s',
    (_name, cause, each) => {
      const reading = read(each)
      expect(reading).toMatchObject({ cause, verdict: each.verdict })
    },
  )

  test('every code of the dictionary but those of the token exchange', () => {
    const covered = new Set(ANSWER_CASES.map((each) => each.cause))
    const missing = CAUSES.map((row) => row.code).filter((code) => !covered.has(code) && !code.startsWith('exchange-'))
    expect(missing).toEqual([])
  })
})

describe('readProbe writes sentences that', () => {
  test.each(ANSWER_CASES.map((each) => [describeAnswer(each), each] as const))(
    'are two, whole and on one line: %s',
    (_name, each) => {
      const { message, fix, verdict } = read(each)
      expect(message).toMatch(/^(?!.*\{\w+\})[^\n\r]{20,420}\.$/)
      expect(fix).toMatch(verdict === 'valid' ? /^$/ : /^(?!.*\{\w+\})[^\n\r]{10,420}\.$/)
    },
  )

  test('name the host and the input of the provider', () => {
    const { message, fix } = readProbe(
      { provider: provider('openai'), topology: DOTCOM },
      answer(401, 'invalid_api_key'),
    )
    expect(message).toContain('api.openai.com')
    expect(fix).toContain('openai-api-key')
  })

  test('claim no more for a gateway than was seen', () => {
    const own = readProbe({ provider: provider('openai'), topology: DOTCOM }, answer(200, MODELS))
    const gateway = readProbe({ provider: provider('byok'), topology: DOTCOM }, answer(200, MODELS))
    expect(own.message).toBe('api.openai.com accepted the credential and listed its models.')
    expect(gateway).toMatchObject({ verdict: 'valid', message: expect.stringContaining('for any key') })
  })

  test('link to the tenant of the job, and on GHES to the cloud GitHub that holds the licence', () => {
    const refusal = answer(401, 'AuthenticateToken authentication failed')
    const tenant = readProbe({ provider: provider('copilot', { upstream: TENANT.copilot }), topology: TENANT }, refusal)
    const server = readProbe({ provider: provider('copilot', { upstream: SERVER.copilot }), topology: SERVER }, refusal)
    expect(tenant.fix).toContain('https://contoso.ghe.com/settings/personal-access-tokens/new')
    expect(server.fix).toContain('https://github.com/settings/personal-access-tokens/new')
  })

  test('show both hosts when the plan or the tenant is the wrong one', () => {
    const misdirected = readProbe(
      { provider: provider('copilot', { upstream: SERVER.copilot }), topology: DOTCOM },
      answer(421, ''),
    )
    const foreign = readProbe({ provider: provider('copilot'), topology: TENANT }, answer(401, 'unauthorized'))
    expect(misdirected.message).toMatch(/api\.enterprise\.githubcopilot\.com.*api\.githubcopilot\.com/)
    expect(foreign.message).toMatch(/api\.githubcopilot\.com.*contoso\.ghe\.com.*copilot-api\.contoso\.ghe\.com/)
  })

  test('show of a redirect the host alone, because its query may carry a session', () => {
    const redirect = answer(302, '', { location: 'https://sso.corp.example/start?session=s3cr3t-s3ss10n' })
    const { message } = readProbe({ provider: provider('byok'), topology: DOTCOM }, redirect)
    expect(message).toContain('sso.corp.example')
    expect(message).not.toMatch(/session|start/)
  })
})

describe('readProbe takes models', () => {
  test('from a valid answer only, without the prefixes of Google', () => {
    const gemini = answer(200, { models: [{ name: 'models/gemini-3-pro' }, { name: 'models/gemini-3-flash' }] })
    expect(readProbe({ provider: provider('gemini'), topology: DOTCOM }, gemini).models).toEqual([
      'gemini-3-pro',
      'gemini-3-flash',
    ])
    expect(readProbe({ provider: provider('openai'), topology: DOTCOM }, answer(500, MODELS)).models).toEqual([])
  })

  test('at most 500, each once', () => {
    const many = Array.from({ length: 1200 }, (_, index) => ({ id: `model-${index % 700}` }))
    const { models } = readProbe({ provider: provider('byok'), topology: DOTCOM }, answer(200, { data: many }))
    expect(models).toHaveLength(500)
    expect(new Set(models).size).toBe(500)
  })

  test('none from a listing that was cut at the size limit, which still counts as a listing', () => {
    const data = Array.from({ length: 3000 }, (_, index) => ({
      id: `vendor/model-${index}`,
      description: 'x'.repeat(100),
    }))
    const cut = JSON.stringify({ data }).slice(0, PROBE_BODY_LIMIT)
    const reading = readProbe({ provider: provider('byok'), topology: DOTCOM }, answer(200, cut))
    expect(reading).toMatchObject({ verdict: 'valid', models: [] })
  })
})

const SECRETS = {
  openai: `sk-proj-${'Ab1'.repeat(16)}`,
  github: `ghs_${'aB3'.repeat(12)}`,
  google: `AIza${'Sy7'.repeat(11)}x`,
  jwt: `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJyZXBvIn0.${'c1G'.repeat(20)}`,
  opaque: `${'9fE'.repeat(14)}=`,
}

describe('readProbe keeps hostile bodies out of its sentences:', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['an echoed header', `denied: Authorization: Bearer ${SECRETS.openai}`],
    [
      'an echoed key in JSON',
      JSON.stringify({ error: `key ${SECRETS.openai} is unknown`, headers: { 'x-api-key': SECRETS.google } }),
    ],
    ['a GitHub token', `token ${SECRETS.github} refused`],
    ['a JWT', `assertion ${SECRETS.jwt} refused`],
    ['an opaque credential', `who is ${SECRETS.opaque}?`],
    ['a cookie', `set-cookie: session=${SECRETS.opaque}; path=/`],
    ['a megabyte', 'a b c '.repeat(200_000)],
    ['a megabyte without a space', 'a'.repeat(1_000_000)],
    ['control characters and workflow commands', '\u001b[31mred\r\n::error::gotcha\n::set-env name=X::y\u0000\u0007'],
    ['direction marks', 'safe\u202egpj.exe\u2066\u200b'],
    ['binary', String.fromCharCode(...Array.from({ length: 2048 }, (_, index) => (index * 7919) % 65_536))],
    ['nested JSON', '['.repeat(100_000)],
    ['nested objects', '{"data":'.repeat(20_000)],
    ['markup', `<x a="${'b'.repeat(5000)}"><script>alert(1)</script>`],
    ['unclosed markup', '<'.repeat(100_000)],
    ['a prototype in JSON', '{"__proto__":{"data":[{"id":"x"}]},"constructor":{"prototype":{}}}'],
    ['our own placeholders', '{host}{input}{excerpt}{constructor}'],
  ]
  for (const status of [200, 400, 401, 403, 404, 500]) {
    test.each(cases)(`%s (${status})`, (_name, body) => {
      for (const id of ['copilot', 'openai', 'anthropic', 'gemini', 'vertex', 'byok'] as const) {
        const { message, fix, verdict, models } = readProbe(
          { provider: provider(id), topology: DOTCOM },
          answer(status, body),
        )
        const text = `${message} ${fix}`
        for (const secret of Object.values(SECRETS)) expect(text).not.toContain(secret.slice(0, 16))
        expect(text.length).toBeLessThan(800)
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        expect(verdict).not.toBe('valid')
        expect(models).toEqual([])
      }
    })
  }

  test('a failure code that is no code is not shown', () => {
    const failure = { kind: 'failure', failure: 'tls', code: `x\n::error::${SECRETS.openai}` } as const
    const { message } = readProbe({ provider: provider('openai'), topology: DOTCOM }, failure)
    expect(message).toContain('(no code)')
  })
})
