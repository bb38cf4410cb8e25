import { createRedactor, type Redactor } from '../../src/core/redact.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { ALL_SPELLINGS, findAnySpelling, generateEcho, SECRETS } from './secret-words.ts'

export type CreateRedactor = (secrets: readonly string[]) => Redactor

/** Lines of logs and error texts on their way out. */
export function createRedactorTarget(create: CreateRedactor = createRedactor): Target {
  const redact = create(SECRETS)
  return {
    name: 'redactor',
    reads: 'texts on their way to a log',
    seeds: [
      'plain words',
      ...SECRETS,
      'Authorization: Bearer abc.def-012345678',
      'https://u:p@h.example/?api_key=1',
    ].map((text) => Buffer.from(text)),
    words: [
      ...SECRETS,
      ...ALL_SPELLINGS.slice(0, 40),
      'Bearer ',
      '://',
      '@',
      '?key=',
      'eyJ',
      'sk-',
      '-----BEGIN PRIVATE KEY-----',
      '«redacted»',
    ],
    generate: generateEcho,
    mustReach: ['clean', 'redacted'],
    check: (input) => {
      const text = input.toString('utf8')
      const redacted = redact(text)
      demandEqual(findAnySpelling(redacted), undefined, 'no spelling of a secret is printed')
      demand(redacted.length <= text.length * 10 + 10, 'a text does not grow without bound')
      return redacted === text ? 'clean' : 'redacted'
    },
  }
}
