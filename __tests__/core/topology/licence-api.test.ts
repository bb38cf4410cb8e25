import { describe, expect, test } from '@jest/globals'
import type { Hostname } from '../../../src/core/hostname.ts'
import { deriveDotcom, deriveServer, deriveTenant } from '../../../src/core/topology/endpoints.ts'
import { deriveLicenceApi } from '../../../src/core/topology/licence-api.ts'
import { deriveSidecarDomains } from '../../../src/core/topology/sidecar-domains.ts'
import type { Topology } from '../../../src/core/topology/topology.ts'
import { renderUpstream } from '../../../src/core/upstream.ts'
import { provider, upstream } from '../probes/situations.ts'

const SERVER = deriveServer(upstream('https://ghes.corp.example'), upstream('https://ghes.corp.example/api/v3'))
const tenantHost = 'contoso.ghe.com' as Hostname

describe('deriveLicenceApi is', () => {
  const cases: readonly (readonly [string, Topology, string, string])[] = [
    ['the API of github.com', deriveDotcom(), 'https://api.github.com', 'https://api.github.com/graphql'],
    [
      'the API of a tenant',
      deriveTenant(tenantHost),
      'https://api.contoso.ghe.com',
      'https://api.contoso.ghe.com/graphql',
    ],
    [
      'for a server the cloud that holds the licence',
      SERVER,
      'https://api.github.com',
      'https://api.github.com/graphql',
    ],
    [
      'for a server the tenant that holds the licence',
      { ...SERVER, copilotGhHost: tenantHost },
      'https://api.contoso.ghe.com',
      'https://api.contoso.ghe.com/graphql',
    ],
  ]
  test.each(cases)('%s', (_name, topology, rest, graphql) => {
    const api = deriveLicenceApi(topology)
    expect([renderUpstream(api.rest), renderUpstream(api.graphql)]).toEqual([rest, graphql])
  })
})

test('deriveSidecarDomains of a server names the licence host that discovery asks', () => {
  expect(deriveSidecarDomains(SERVER, [provider('copilot')])).toEqual(
    expect.arrayContaining(['api.github.com', 'ghes.corp.example', 'api.githubcopilot.com']),
  )
})
