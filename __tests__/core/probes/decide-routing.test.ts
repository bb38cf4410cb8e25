import { describe, expect, test } from '@jest/globals'
import { deriveGithubTokenKind, type GithubTokenKind } from '../../../src/core/credentials/github-token-kind.ts'
import type { CauseCode } from '../../../src/core/probes/cause-table.ts'
import { decideRouting, decideSchemeFallback } from '../../../src/core/probes/decide-routing.ts'
import { answer } from './situations.ts'

const KINDS: readonly GithubTokenKind[] = [
  'fine-grained',
  'classic',
  'oauth',
  'app-user',
  'installation',
  'refresh',
  'unknown',
]
const rejected = (cause: CauseCode): { verdict: 'rejected'; cause: CauseCode } => ({ verdict: 'rejected', cause })

describe('decideRouting', () => {
  test.each(['inject', 'passthrough', 'exchange'] as const)('does as told: %s', (configured) => {
    for (const tokenKind of KINDS) {
      const decision = decideRouting({ configured, tokenKind, injectVerdict: rejected('copilot-unauthorized') })
      expect(decision).toEqual({ mode: configured, reason: `copilot-routing is set to ${configured}.` })
    }
  })

  test('passes through when there is no token', () => {
    expect(decideRouting({ configured: 'auto' }).mode).toBe('passthrough')
  })

  test.each(KINDS)('injects a token of kind %s before and after a good probe', (tokenKind) => {
    expect(decideRouting({ configured: 'auto', tokenKind }).mode).toBe('inject')
    expect(
      decideRouting({ configured: 'auto', tokenKind, injectVerdict: { verdict: 'valid', cause: 'ok' } }).mode,
    ).toBe('inject')
  })

  test.each(KINDS)('exchanges a refused token of kind %s only if that kind may be exchanged', (tokenKind) => {
    const { mode } = decideRouting({ configured: 'auto', tokenKind, injectVerdict: rejected('copilot-unauthorized') })
    expect(mode).toBe(tokenKind === 'oauth' || tokenKind === 'app-user' ? 'exchange' : 'inject')
  })

  test.each([
    ['copilot-header-malformed', 'exchange'],
    ['copilot-forbidden', 'exchange'],
    ['copilot-policy', 'inject'],
    ['copilot-no-seat', 'inject'],
    ['copilot-token-unknown', 'inject'],
    ['copilot-bad-credentials', 'inject'],
    ['copilot-misdirected', 'inject'],
  ] as const)('after %s: %s, because a dead token or a policy is not a matter of form', (cause, mode) => {
    expect(decideRouting({ configured: 'auto', tokenKind: 'oauth', injectVerdict: rejected(cause) }).mode).toBe(mode)
  })

  test('does not exchange on a network failure', () => {
    const injectVerdict = { verdict: 'inconclusive', cause: 'timeout' } as const
    expect(decideRouting({ configured: 'auto', tokenKind: 'oauth', injectVerdict }).mode).toBe('inject')
  })

  test('always says why in one sentence', () => {
    const verdicts = [
      undefined,
      { verdict: 'valid', cause: 'ok' } as const,
      rejected('copilot-unauthorized'),
      rejected('copilot-policy'),
    ]
    for (const tokenKind of KINDS) {
      for (const injectVerdict of verdicts) {
        const { reason } = decideRouting({
          configured: 'auto',
          tokenKind,
          ...(injectVerdict === undefined ? {} : { injectVerdict }),
        })
        expect(reason).toMatch(/^[A-Z][^.]{20,200}\.$/)
      }
    }
  })
})

describe('decideSchemeFallback', () => {
  test('tries the other scheme on exactly one answer', () => {
    expect(decideSchemeFallback(answer(400, 'bad request: Authorization header is badly formatted\n'))).toBe(true)
  })

  test.each([
    ['another status', answer(401, 'Authorization header is badly formatted')],
    ['another 400', answer(400, 'bad request: Personal Access Tokens are not supported for this endpoint')],
    ['an empty 400', answer(400, '')],
    ['a failure', { kind: 'failure', failure: 'reset', code: 'ECONNRESET' } as const],
  ])('not on %s', (_name, given) => {
    expect(decideSchemeFallback(given)).toBe(false)
  })
})

describe('deriveGithubTokenKind', () => {
  test.each([
    ['github_pat_11AAAA', 'fine-grained'],
    ['ghp_abc', 'classic'],
    ['gho_abc', 'oauth'],
    ['ghu_abc', 'app-user'],
    ['ghs_abc', 'installation'],
    ['ghr_abc', 'refresh'],
    ['tid=1;exp=2', 'unknown'],
    ['', 'unknown'],
    ['GHS_abc', 'unknown'],
  ])('%s is %s', (token, kind) => {
    expect(deriveGithubTokenKind(token)).toBe(kind)
  })
})
