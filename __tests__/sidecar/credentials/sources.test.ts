import { describe, expect, test } from '@jest/globals'
import { json } from '../../fakes/exchange.ts'
import { renderError as renderStsError } from '../../fakes/issuers/aws-sts.ts'
import { renderError as renderEntraError } from '../../fakes/issuers/entra.ts'
import { failIssuedStart, IssuedSidecar } from '../../support/issued-sidecar.ts'
import { ISSUER_KINDS } from '../../support/issuer-hosts.ts'
import { waitUntil } from '../../support/wait-until.ts'

describe.each(ISSUER_KINDS)('sidecar: a credential from %s', (kind) => {
  test('is there before the first request, which carries it, and no other ever reaches the upstream', async () => {
    await using issued = await IssuedSidecar.start(kind)
    expect(issued.sidecar.checks[0]).toMatchObject({ verdict: 'valid' })
    const { tokens, issuer } = issued.setup
    expect(tokens.issued).toHaveLength(1)
    const answer = await issued.ask()
    expect([answer.status, answer.text.includes('the answer')]).toEqual([200, true])
    expect([tokens.issued.length, issuer.count()]).toEqual([1, 1])
    const sent = JSON.stringify(issued.world.upstream.requests.map(({ rawHeaders }) => rawHeaders))
    expect(sent).toContain(tokens.newest())
    expect(sent).not.toMatch(/agentproxy-|T3st0nly/)
    for (const { secretAccessKey } of issued.setup.sts?.keys ?? []) expect(sent).not.toContain(secretAccessKey)
  })

  test('that was revoked is renewed at once, with a fresh assertion, and the request repeated', async () => {
    await using issued = await IssuedSidecar.start(kind)
    const { tokens, oidc } = issued.setup
    tokens.revokeAll()
    const answers = [await issued.ask(), await issued.ask()]
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(tokens.issued).size).toBe(2)
    expect(new Set(oidc.assertions).size).toBe(oidc.audiences.length)
    expect(issued.statuses().at(-1)).toBe(200)
  })
})

describe('sidecar: sources over their whole life', () => {
  // One of each way in which an issuer tells the end: expires_in, Expiration, expireTime, expires_at, and a rotating one.
  const kinds = ['azure', 'aws', 'gcp-account', 'github-app', 'oauth-refresh'] as const

  test.concurrent.each(kinds)('%s: a request after the end of the credential carries the next one', async (kind) => {
    await using issued = await IssuedSidecar.start(kind, { life: { claimed: 6 } })
    const { tokens } = issued.setup
    const first = tokens.newest()
    await waitUntil('the first token is over', () => !tokens.accepts(first))
    expect((await issued.ask()).status).toBe(200)
    expect(issued.statuses()).toEqual([200])
    expect(tokens.issued).toHaveLength(2)
  })
})

describe('sidecar: an assertion', () => {
  test('is shown to the issuer once, also when the answer to it was an error of the network or of the server', async () => {
    await using issued = await IssuedSidecar.start('anthropic')
    const { tokens, issuer, oidc } = issued.setup
    tokens.revokeAll()
    // The issuer takes what it is shown, and breaks before it answers.
    issuer.set({ kind: 'after', answer: json(502, { error: 'Bad Gateway' }) })
    const before = oidc.audiences.length
    await issued.ask()
    issuer.set('up')
    await waitUntil('the issuer is asked again', async () => (await issued.ask()).status === 200)
    expect(oidc.audiences.length - before).toBeGreaterThanOrEqual(3)
    expect(oidc.reused()).toEqual([])
  })
})

describe('sidecar: a source that refuses at the start', () => {
  test.each([
    [
      'azure',
      renderEntraError(700024, 'invalid_client', 'Not within its valid time range.'),
      'entra-assertion-expired',
    ],
    [
      'azure',
      renderEntraError(7000222, 'invalid_client', 'The provided client secret keys are expired.'),
      'entra-secret-expired',
    ],
    ['azure-usgov', renderEntraError(700212, 'invalid_client', 'No matching audience.'), 'entra-audience-mismatch'],
    [
      'aws',
      renderStsError('xml', 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
      'aws-role-refused',
    ],
    [
      'gcp',
      json(400, {
        error: 'unauthorized_client',
        error_description: 'The given credential is rejected by the attribute condition.',
      }),
      'gcp-condition-refused',
    ],
    [
      'anthropic',
      json(401, { type: 'error', error: { type: 'authentication_error', message: 'Authentication failed' } }),
      'anthropic-rule-mismatch',
    ],
    ['openai', json(401, { error: 'invalid_grant' }), 'openai-mapping-mismatch'],
    ['oauth', json(401, { error: 'invalid_client' }), 'oauth-client-invalid'],
    ['oauth-refresh', json(400, { error: 'invalid_grant' }), 'oauth-grant-invalid'],
    ['github-app', json(404, { message: 'Not Found' }), 'github-app-installation-unknown'],
  ] as const)('%s: says why in the words of the dictionary and does not come up', async (kind, answer, cause) => {
    const failed = await failIssuedStart(kind, { prepare: ({ issuer }) => issuer.set(answer) })
    expect(failed.exitCode).toBe(1)
    expect(failed.checks[0]).toMatchObject({ verdict: 'rejected', cause })
    expect(failed.replies.some((reply) => reply.kind === 'ready')).toBe(false)
  })

  test('GitHub’s OIDC endpoint that gives nothing is named, not the issuer behind it', async () => {
    const failed = await failIssuedStart('azure', { prepare: ({ oidc }) => oidc.refuse() })
    expect(failed.checks[0]).toMatchObject({ cause: 'oidc-refused' })
    expect(failed.checks[0]?.message).toMatch(/GitHub/)
  })
})
