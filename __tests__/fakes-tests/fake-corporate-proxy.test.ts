import { describe, expect, test } from '@jest/globals'
import { type Dispatcher, ProxyAgent, request } from 'undici'
import { sharedAuthority } from '../fakes/certificate.ts'
import { createCorporateProxy } from '../fakes/fake-corporate-proxy.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createGeminiService } from '../fakes/gemini-service.ts'

const service = createGeminiService({ key: 'k', conversation: { text: 'done' } })
const ca = sharedAuthority().ca

async function ask(url: string, dispatcher: Dispatcher): Promise<number> {
  const { statusCode, body } = await request(url, { dispatcher, headers: { 'x-goog-api-key': 'k' } })
  await body.dump()
  await dispatcher.close()
  return statusCode
}

describe('createCorporateProxy()', () => {
  test.each([false, true])('tunnels with Basic credentials (TLS to the proxy: %s) and routes names', async (tls) => {
    await using provider = await createFakeProvider({ hosts: { localhost: service }, tls: true })
    const routes = { 'localhost:443': `127.0.0.1:${provider.port}` }
    await using proxy = await createCorporateProxy({ credentials: 'user:pa%3Ass', tls, routes })
    const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca }, proxyTls: { ca } })
    expect(await ask('https://localhost/v1beta/models', dispatcher)).toBe(200)
    expect(proxy.targets).toMatchObject([{ method: 'CONNECT', target: 'localhost:443', status: 200 }])
  })

  test('refuses a client without credentials with 407', async () => {
    await using proxy = await createCorporateProxy({ credentials: 'user:pass' })
    const dispatcher = new ProxyAgent({ uri: `http://127.0.0.1:${proxy.port}` })
    await expect(ask('https://example.test/', dispatcher)).rejects.toThrow()
    expect(proxy.targets).toMatchObject([{ target: 'example.test:443', status: 407 }])
  })

  test('refuses every target with the status it is told', async () => {
    await using proxy = await createCorporateProxy({ refuseWith: 403 })
    const dispatcher = new ProxyAgent({ uri: proxy.url })
    await expect(ask('https://example.test/', dispatcher)).rejects.toThrow()
    expect(proxy.targets).toMatchObject([{ status: 403 }])
  })
})
