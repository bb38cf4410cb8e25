import { describe, expect, test } from '@jest/globals'
import { listIssuerHosts } from '../../../src/core/credentials/issuer-hosts.ts'
import { readStep } from '../../../src/core/credentials/read-step.ts'
import type { CredentialSource, IssuerSource } from '../../../src/core/credentials/source.ts'
import { answer, DOTCOM } from '../probes/situations.ts'
import { firstStep, JWT, RECEIPT, SOURCES } from './sources.ts'

/** The hosts that are really asked, one step after another; without GitHub's own OIDC host. */
async function askedHosts(source: IssuerSource): Promise<readonly string[]> {
  const hosts: string[] = []
  let step = await firstStep(source)
  while (true) {
    if (step.issuer !== 'github-oidc') hosts.push(step.request.upstream.hostname)
    const reading = readStep(step, answer(200, { value: JWT, access_token: 'tok', expires_in: 300 }), RECEIPT)
    if (reading.kind !== 'next') return hosts
    step = reading.step
  }
}

const CASES: readonly (readonly [IssuerSource, readonly string[]])[] = [
  [SOURCES.oauth, ['login.corp.example']],
  [SOURCES.azure, ['login.microsoftonline.com']],
  [{ ...SOURCES.azure, cloud: 'usgov' }, ['login.microsoftonline.us']],
  [{ ...SOURCES.azure, cloud: 'china' }, ['login.partner.microsoftonline.cn']],
  [SOURCES.aws, ['sts.eu-central-1.amazonaws.com']],
  [{ ...SOURCES.aws, region: 'cn-north-1' }, ['sts.cn-north-1.amazonaws.com.cn']],
  [SOURCES.gcp, ['sts.googleapis.com']],
  [{ ...SOURCES.gcp, serviceAccount: 'a@b' }, ['sts.googleapis.com', 'iamcredentials.googleapis.com']],
  [SOURCES.anthropic, ['api.anthropic.com']],
  [SOURCES.openai, ['auth.openai.com']],
  [SOURCES['github-app'], ['api.github.com']],
]

describe('listIssuerHosts()', () => {
  test.each(CASES)('names the hosts that are asked for a credential of %j', async (source, hosts) => {
    expect(listIssuerHosts(source, DOTCOM)).toEqual(hosts)
    expect(await askedHosts(source)).toEqual(hosts)
  })

  test('has a case for every issuer', () => {
    expect([...new Set(CASES.map(([{ kind }]) => kind))].sort()).toEqual(Object.keys(SOURCES).sort())
  })

  test.each<CredentialSource>([
    { kind: 'static' },
    { kind: 'none' },
    { kind: 'file', path: '/x' },
    { kind: 'command', argv: ['/x'], timeoutMs: 1, environmentNames: [] },
    { ...SOURCES.aws, region: 'a/b' },
  ])('names none for %j', (source) => {
    expect(listIssuerHosts(source, DOTCOM)).toEqual([])
  })
})
