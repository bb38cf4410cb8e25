import { describe, expect, test } from '@jest/globals'
import { Agent, request, WebSocket } from 'undici'
import { sharedAuthority } from '../fakes/certificate.ts'
import { FAKE_USAGE } from '../fakes/conversation.ts'
import { createFakeProvider } from '../fakes/fake-provider.ts'
import { createOpenAiService } from '../fakes/openai-service.ts'

const conversation = { text: 'done', command: 'echo nonce' }
const service = createOpenAiService({ key: 'sk-right', conversation })
const bearer = { authorization: 'Bearer sk-right' }

describe('createFakeProvider()', () => {
  test('serves TLS that its own CA verifies and records the server name', async () => {
    await using provider = await createFakeProvider({ hosts: { localhost: service }, tls: true })
    const dispatcher = new Agent({ connect: { ca: sharedAuthority().ca } })
    const answer = await request(`https://localhost:${provider.port}/v1/models`, { dispatcher, headers: bearer })
    expect(await answer.body.json()).toMatchObject({ object: 'list' })
    expect(provider.requests[0]).toMatchObject({ servername: 'localhost', host: 'localhost', status: 200 })
    await dispatcher.close()
  })

  test('records what arrived byte for byte', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const answer = await request(`${provider.origin}/v1/models?x=1`, { headers: { ...bearer, 'X-Odd-Case': 'Y' } })
    await answer.body.dump()
    const bytes = provider.connections[0]?.bytes().toString('latin1') ?? ''
    expect(bytes).toMatch(/^GET \/v1\/models\?x=1 HTTP\/1\.1\r\n/)
    expect(bytes).toContain('Bearer sk-right')
    expect(provider.requests[0]?.target).toBe('/v1/models?x=1')
  })

  test('answers 421 for a host it does not serve', async () => {
    await using provider = await createFakeProvider({ hosts: { 'api.openai.com': service } })
    const answer = await request(`${provider.origin}/v1/models`, { headers: bearer })
    expect(answer.statusCode).toBe(421)
    await answer.body.dump()
  })

  test.each([
    ['no credential', {}, 'Missing bearer or basic authentication in header'],
    ['a wrong one', { authorization: 'Bearer sk-wrong' }, 'Incorrect API key provided: sk-w****'],
    ['a second one beside the right one', { ...bearer, 'x-api-key': 'agentproxy-x' }, 'Incorrect API key provided'],
  ])('refuses %s in the words of the provider', async (_name, headers, text) => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const answer = await request(`${provider.origin}/v1/models`, { headers })
    expect(answer.statusCode).toBe(401)
    expect(await answer.body.text()).toContain(text)
  })

  test('calls the shell tool that the client offers, then ends with the text', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const tools = [{ type: 'function', name: 'shell', parameters: { properties: { command: { type: 'array' } } } }]
    const ask = async (input: unknown) => {
      const body = JSON.stringify({ model: 'm', stream: true, tools, input })
      const answer = await request(`${provider.origin}/v1/responses`, { method: 'POST', headers: bearer, body })
      return answer.body.text()
    }
    expect(await ask([])).toContain(JSON.stringify(JSON.stringify({ command: ['bash', '-c', 'echo nonce'] })))
    const second = await ask([{ type: 'function_call_output', call_id: 'call_fake_1', output: 'nonce' }])
    expect(second).toContain('"delta":"done"')
    expect(second).toContain(`"output_tokens":${FAKE_USAGE.output}`)
  })

  test('speaks the response events over a WebSocket', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    const url = `ws://127.0.0.1:${provider.port}/v1/responses`
    const socket = new WebSocket(url, { headers: bearer })
    const types = await new Promise<string[]>((resolve, reject) => {
      const seen: string[] = []
      socket.onopen = () => socket.send(JSON.stringify({ type: 'response.create', generate: false }))
      socket.onerror = (event) => reject(event.error)
      socket.onmessage = ({ data }) => {
        seen.push(JSON.parse(String(data)).type)
        if (seen.at(-1) === 'response.completed') resolve(seen)
      }
    })
    socket.close()
    expect(types).toEqual(['response.created', 'response.completed'])
    expect(provider.requests[0]).toMatchObject({ status: 101, upgrade: true })
    expect(provider.requests[0]?.frames).toHaveLength(1)
  })

  test('compresses a stream for a client that accepts it, event by event', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service }, compress: 'when-asked' })
    const headers = { ...bearer, 'accept-encoding': 'gzip' }
    const body = JSON.stringify({ stream: true, messages: [] })
    const answer = await fetch(`${provider.origin}/v1/chat/completions`, { method: 'POST', headers, body })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    expect(await answer.text()).toContain('data: [DONE]')
  })

  test('compresses for those who want none too, when told so', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service }, compress: 'always' })
    const headers = { ...bearer, 'accept-encoding': 'identity' }
    const answer = await fetch(`${provider.origin}/v1/models`, { headers })
    expect(answer.headers.get('content-encoding')).toBe('gzip')
  })

  test('gives a scripted answer once', async () => {
    await using provider = await createFakeProvider({ hosts: { '*': service } })
    provider.answerOnce('127.0.0.1', '/v1/models', { kind: 'text', status: 503, body: 'busy' })
    const ask = async () => {
      const { statusCode, body } = await request(`${provider.origin}/v1/models`, { headers: bearer })
      await body.dump()
      return statusCode
    }
    expect([await ask(), await ask()]).toEqual([503, 200])
  })
})
