import { describe, expect, test } from '@jest/globals'
import { ALL_SOURCE_CAUSES } from '../../../src/core/credentials/source-cause-table.ts'
import { explainBlock } from '../../../src/core/egress-wire/explain-block.ts'
import { AGENT_SENTENCES } from '../../../src/core/explain/agent-sentences.ts'
import { FAULT_ADVICE } from '../../../src/core/explain/fault-advice.ts'
import { findExplanations } from '../../../src/core/explain/find-explanations.ts'
import { BLOCK_REASON_NAMES, BLOCK_REASONS } from '../../../src/core/policy/reasons.ts'
import { CAUSES } from '../../../src/core/probes/cause-table.ts'
import { REFUSALS, type RefusalCode, renderRefusal } from '../../../src/core/refusals.ts'

const codesOf = (text: string): string[] => findExplanations(text).map(({ code }) => code)

const REFUSAL_CODES = Object.keys(REFUSALS) as RefusalCode[]
const CHECK_CODES = [...new Set(CAUSES.filter(({ fix }) => fix !== '').map(({ code }) => code as string))]
const SOURCE_CODES = [...new Set(ALL_SOURCE_CAUSES.map(({ code }) => code))]

describe('findExplanations() knows every code there is, named alone', () => {
  const all = [...REFUSAL_CODES, ...BLOCK_REASON_NAMES, ...CHECK_CODES, ...SOURCE_CODES, ...Object.keys(FAULT_ADVICE)]
  test.each(all)('%s', (code) => {
    const [first] = findExplanations(code)
    expect(first?.code).toBe(code)
    expect(first?.cause).not.toBe('')
    expect(first?.fix).not.toBe('')
  })
})

describe('findExplanations() recognises what our own processes say', () => {
  test.each(REFUSAL_CODES)('the answer of the sidecar for %s, in every envelope', (code) => {
    for (const dialect of ['openai', 'copilot', 'anthropic', 'google', 'bedrock'] as const) {
      const { body } = renderRefusal(code, dialect, { detail: 'api.example.com: ECONNREFUSED' })
      expect(codesOf(`unexpected status 400: ${body}`)).toContain(code)
    }
  })

  test.each(BLOCK_REASON_NAMES)('the page of the firewall and the line of its log for %s', (reason) => {
    const page = explainBlock({ host: 'files.example.org' as never, port: 443, scheme: 'https', reason })
    expect(codesOf(page)).toContain(reason)
    expect(codesOf(`{"kind":"egress","verdict":"blocked","host":"a.example","reason":"${reason}"}`)).toContain(reason)
    expect(findExplanations(reason)[0]).toMatchObject({ cause: BLOCK_REASONS[reason].sentence })
  })

  test('the annotation of a rejected key, by the code in its title and by its sentence', () => {
    expect(codesOf('Error: OpenAI: credential rejected (openai-key-rejected)')).toEqual(['openai-key-rejected'])
    expect(codesOf('api.openai.com refused the key (401, incorrect API key).')[0]).toBe('openai-key-rejected')
  })

  test('a sentence of the dictionary with its gaps filled', () => {
    const text = 'The name api.acme.example could not be resolved (ENOTFOUND), so openai-api-key was not checked.'
    expect(codesOf(text)[0]).toBe('dns')
  })
})

describe('findExplanations() recognises what others say', () => {
  test.each([
    ['{"error":{"message":"Incorrect API key provided: sk-pr***. You can find yours at …"}}', 'openai-key-rejected'],
    ['Error: self signed\n  code: SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
    ['getaddrinfo ENOTFOUND copilot-api.acme.ghe.com', 'dns'],
    ['403 {"message":"unauthorized: not licensed to use Copilot"}', 'copilot-no-seat'],
    ['API key not valid. Please pass a valid API key.', 'google-key-rejected'],
  ])('%s', (text, code) => {
    expect(codesOf(text)).toContain(code)
  })

  const printed = AGENT_SENTENCES.flatMap(({ client, sentences }) =>
    sentences.filter(({ prints }) => prints.length > 0).map((row) => [client, row] as const),
  )
  test.each(printed.map(([client, row]) => [client, row.prints.join(' … '), row] as const))(
    '%s: %s, also in the middle of a longer output',
    (client, _texts, row) => {
      const text = `$ agent\nstarting\n${row.prints.join(' something\nelse ').replaceAll('…', '10002')}\nbye\n`
      const plainCause = row.cause.replaceAll('`', '')
      expect(findExplanations(text).some(({ code, cause }) => code === client && cause === plainCause)).toBe(true)
    },
  )

  test('an exit code that a CLI keeps for one cause', () => {
    expect(findExplanations('Process exited with code 55')[0]).toMatchObject({ code: 'Gemini CLI' })
    expect(findExplanations('exited with code 551')).toEqual([])
  })
})

describe('findExplanations() claims nothing it does not know', () => {
  test.each([
    '',
    'hello',
    'the timeout of the build was denied by nobody; internal notes follow',
    'Segmentation fault (core dumped)',
    'npm ERR! missing script: dns-setup-x',
    '400',
  ])('%j', (text) => {
    expect(findExplanations(text)).toEqual([])
  })

  test('a hostile megabyte is read in time that grows with its length only', () => {
    const start = performance.now()
    findExplanations('({[a-'.repeat(200_000))
    const small = performance.now() - start
    expect(small).toBeLessThan(5000)
  })
})
