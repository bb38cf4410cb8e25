import type { Fault } from '../../src/core/fault.ts'
import type { InputKind } from '../../src/core/inputs/input-row.ts'
import { INPUT_NAMES, INPUTS, type InputName, isInputName } from '../../src/core/inputs/input-table.ts'
import { parseInputs } from '../../src/core/inputs/parse-inputs.ts'
import type { Dice } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'

/** Between a name and its value, and between two inputs. */
const [TO, NEXT] = ['\x1f', '\x1e']
/** Stands in every secret; no sentence may repeat it. */
const MARK = 'Zx9Qk3Vw7Lm2'
const SECRET_KINDS: ReadonlySet<InputKind> = new Set(['secret', 'secret-url', 'pem', 'headers'])
const SECRETS = [
  `sk-proj-${MARK}aB3cD4eF5gH6`,
  `ghs_${MARK}${'a1B2'.repeat(8)}`,
  ` ${MARK} `,
  `"${MARK}"`,
  `Bearer ${MARK}`,
  `${MARK}\n`,
  `{"a":"${MARK}"}`,
  `http://u:${MARK}@proxy.example:3128`,
  `X-Key: ${MARK}`,
  '',
  'none',
  '***',
]
const VALUES = [
  ...[
    '',
    'none',
    'auto',
    'true',
    'false',
    'on',
    'off',
    '0',
    '1',
    '-1',
    '60',
    '1e3',
    '10m',
    '99999999999999999999',
    'strict',
    'warn',
    'inject',
    'openai',
  ],
  ...[
    'https://github.com',
    'https://acme.ghe.com',
    'https://api.acme.ghe.com',
    'http://github.com',
    'https://ghes.corp.example/api/v3',
    'acme.ghe.com',
    '//x',
    'https://u@h',
    '127.0.0.1',
    '::1',
    '0.0.0.0',
  ],
  ...[
    '["az","account"]',
    'az account get-access-token',
    '/etc/token',
    '${' + '{ secrets.X }}',
    '*.example.com',
    'npm',
    '10.0.0.0/8',
    '{"x-a":"b"}',
    'a\tb',
    'é',
    '\u202e',
    'a: b\nc: d',
  ],
]
const RUNNER = new Map([
  ['github-server-url', 'https://github.com'],
  ['github-api-url', 'https://api.github.com'],
  ['oidc', 'available'],
])

/** The texts of the action's inputs. */
export function createInputsTarget(parse: typeof parseInputs = parseInputs): Target {
  return {
    name: 'inputs',
    reads: 'the action’s inputs',
    seeds: [
      `openai-api-key${TO}${SECRETS[0]}`,
      `copilot-github-token${TO}${SECRETS[1]}${NEXT}github-server-url${TO}https://acme.ghe.com`,
      `anthropic-api-key${TO}${SECRETS[4]}${NEXT}egress-policy${TO}block${NEXT}allowed-domains${TO}example.com, !a.example.com`,
    ].map((text) => Buffer.from(text)),
    words: [...INPUT_NAMES, ...VALUES, ...SECRETS, TO, NEXT],
    generate: generateInputs,
    mustReach: ['ok', 'faults'],
    check: (input) => {
      const raw = readRaw(input)
      const result = parse(raw, RUNNER)
      demandEqual(parse(raw, RUNNER), result, 'the same inputs give the same result')
      const isQuiet = !hasMarkOutside(raw)
      if (result.kind === 'ok') {
        for (const notice of result.notices) checkSentence(notice, isQuiet)
        demand(
          !JSON.stringify([result.inputs.providers, result.inputs.firewall]).includes(MARK) || !isQuiet,
          'no secret stands in the configuration',
        )
        return 'ok'
      }
      demand(result.faults.length > 0, 'what is not usable has a fault')
      for (const fault of result.faults) checkFault(fault, isQuiet)
      return 'faults'
    },
  }
}

function readRaw(input: Buffer): ReadonlyMap<string, string> {
  return new Map(
    input
      .toString('utf8')
      .split(NEXT)
      .map((entry) => {
        const [name = '', ...value] = entry.split(TO)
        return [name, value.join(TO)] as const
      }),
  )
}

/** A mutation may have put the mark where no secret belongs, and there a text may be shown. */
function hasMarkOutside(raw: ReadonlyMap<string, string>): boolean {
  return [...raw].some(([name, text]) => {
    const isSecret = isInputName(name) && SECRET_KINDS.has(INPUTS[name].kind)
    return name.includes(MARK) || (!isSecret && text.includes(MARK))
  })
}

function checkFault(fault: Fault, isQuiet: boolean): void {
  demand(fault.title.length > 0 && fault.title.length <= 60, 'a title has at most 60 characters', () => fault.title)
  demand(fault.fix !== '' && fault.message !== '', 'a fault says what to do', () => JSON.stringify(fault))
  for (const text of [fault.title, fault.message, fault.fix]) checkSentence(text, isQuiet)
}

function checkSentence(text: string, isQuiet: boolean): void {
  demand(!/[\p{Cc}\u2028\u2029\u202a-\u202e]/u.test(text), 'a sentence is one visible line', () => JSON.stringify(text))
  demand(!isQuiet || !text.includes(MARK), 'no sentence repeats a secret', () => text)
}

function generateInputs(dice: Dice): Buffer {
  const entries = Array.from({ length: 1 + dice.below(6) }, () => {
    const name: InputName = dice.chance(3)
      ? dice.pick(['openai-api-key', 'copilot-github-token', 'provider-base-url'])
      : dice.pick(INPUT_NAMES)
    return `${name}${TO}${chooseValue(dice, name)}`
  })
  return Buffer.from(entries.join(NEXT))
}

function chooseValue(dice: Dice, name: InputName): string {
  const row: { readonly kind: InputKind; readonly default: string; readonly values?: readonly string[] } = INPUTS[name]
  if (SECRET_KINDS.has(row.kind)) return dice.pick(SECRETS)
  if (row.values !== undefined && !dice.chance(4)) return dice.pick(row.values)
  return dice.chance(6) ? row.default : dice.pick(VALUES)
}
