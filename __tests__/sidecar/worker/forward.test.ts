import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { Secret } from '../../../src/core/secret.ts'
import type { ProviderConfig } from '../../../src/core/sidecar-config.ts'
import { createCall } from '../../../src/sidecar/worker/call.ts'
import { ClientConnections } from '../../../src/sidecar/worker/client/client-connections.ts'
import { CredentialUnavailableError } from '../../../src/sidecar/worker/credentials/credential.ts'
import { forward } from '../../../src/sidecar/worker/forward.ts'
import type { RelayEnd } from '../../../src/sidecar/worker/forwarding.ts'
import { ProviderRuntime } from '../../../src/sidecar/worker/provider-runtime.ts'
import { createUpstreamClient } from '../../../src/sidecar/worker/upstream-client.ts'
import { uncheckedCheck } from '../../../src/sidecar/worker/validation/prepared.ts'
import { ask } from '../../support/http-client.ts'
import { createScriptedUpstream } from '../../support/scripted-upstream.ts'
import { upstreamOf } from '../../support/sidecar-launch.ts'

function createRuntime(origin: string): ProviderRuntime {
  const upstream = upstreamOf(origin)
  const config: ProviderConfig = {
    id: 'openai',
    dialect: 'openai',
    upstream,
    upstreamIsExplicit: true,
    routing: 'inject',
    credential: { kind: 'static' },
    extraHeaderNames: [],
    allowMcp: false,
  }
  const check = uncheckedCheck(config, { routing: 'inject', routingReason: '' })
  const credentials = { credential: null, restCredential: null }
  return new ProviderRuntime({ config, check, ...credentials, rest: upstream, extraHeaders: [], replayBufferBytes: 99 })
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('forward()', () => {
  test('passes the upstream’s whole refusal on when there is no credential to replay with', async () => {
    const asked = Promise.withResolvers<void>()
    await using upstream = await createScriptedUpstream({
      request: (_request, response) => {
        response.writeHead(401, { 'content-length': 12 }).write('first ')
        // The rest comes while the exchange is paused: it arrives only when somebody reads on.
        void asked.promise.then(() => response.end('second'))
      },
    })
    const runtime = createRuntime(upstream.origin)
    const client = createUpstreamClient({ proxyFor: () => undefined, extraCa: [], idleTimeoutMs: 0 })
    const ended = Promise.withResolvers<RelayEnd>()
    const sockets: Socket[] = []
    const connections = new ClientConnections(
      {
        keepAliveSeconds: 7,
        onRequest: (request, answer) =>
          forward(
            {
              ...{ call: createCall('1', runtime, request), answer, client, to: 'api', path: '/x', body: null },
              judge: () => 'refresh',
              recover: async () => {
                asked.resolve()
                throw new CredentialUnavailableError(1000, {})
              },
              onEnd: ended.resolve,
            },
            new Secret('sk-refused-0123456789'),
          ),
        onUpgrade: (_request, tunnel) => tunnel.socket.destroy(),
        renderRaw: () => '',
      },
      { headMs: 10_000, idleMs: 20_000, lingerMs: 5000 },
    )
    const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(connections.accept(socket)))
    const answer = await ask(`${await listen(server)}/x`)
    expect([answer.status, answer.complete, answer.text]).toEqual([401, true, 'first second'])
    expect((await ended.promise).outcome).toBe('complete')
    for (const socket of sockets) socket.destroy()
    server.close()
  })
})
