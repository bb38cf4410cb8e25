/** Room: demo. What agents send, made from nothing but the environment that main exported. */
export interface Exchange {
  readonly who: string
  readonly request: string
  readonly status: number
  /** One phrase about the answer. */
  readonly answer: string
  readonly refusal: string | null
}

export type AgentEnvironment = ReadonlyMap<string, string>

type Body = Readonly<Record<string, unknown>>

interface Call {
  readonly who: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Body
}

const read = (environment: AgentEnvironment, name: string): string => environment.get(name) ?? ''
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

/** `GET /models` as Copilot CLI starts with. */
export function askCopilotModels(environment: AgentEnvironment): Promise<Exchange> {
  const url = `${read(environment, 'COPILOT_API_URL')}/models`
  return call({ who: 'copilot', url, headers: bearer(read(environment, 'COPILOT_GITHUB_TOKEN')) })
}

/** Something the Copilot credential is not lent for. */
export function askCopilotForUser(environment: AgentEnvironment): Promise<Exchange> {
  const url = `${read(environment, 'COPILOT_API_URL')}/user`
  return call({ who: 'agent', url, headers: bearer(read(environment, 'COPILOT_GITHUB_TOKEN')) })
}

/** A JSON answer through Anthropic's API. */
export function askClaude(environment: AgentEnvironment): Promise<Exchange> {
  return call({
    who: 'claude',
    url: `${read(environment, 'ANTHROPIC_BASE_URL')}/v1/messages`,
    headers: { 'x-api-key': read(environment, 'ANTHROPIC_API_KEY'), 'anthropic-version': '2023-06-01' },
    body: { model: 'claude-fake', max_tokens: 64, messages: [{ role: 'user', content: 'hello' }] },
  })
}

/** A stream of events through OpenAI's API. */
export function askOpenAi(environment: AgentEnvironment): Promise<Exchange> {
  return call({
    who: 'openai sdk',
    url: `${read(environment, 'OPENAI_BASE_URL')}/responses`,
    headers: bearer(read(environment, 'OPENAI_API_KEY')),
    body: { model: 'gpt-fake', stream: true, input: 'hello' },
  })
}

/** A real-looking key of the user's own, left in the agent step. */
export function askWithForeignKey(environment: AgentEnvironment): Promise<Exchange> {
  const url = `${read(environment, 'OPENAI_BASE_URL')}/models`
  return call({ who: 'agent', url, headers: bearer('sk-proj-left-behind-by-somebody') })
}

async function call({ who, url, headers, body }: Call): Promise<Exchange> {
  const method = body === undefined ? 'GET' : 'POST'
  const init = { method, headers: { ...headers, 'content-type': 'application/json' } }
  const start = performance.now()
  const response = await fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) })
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  const answer = isStream ? await describeStream(response, start) : describeJson(await response.text())
  const refusal = response.headers.get('x-agent-proxy-refusal')
  return { who, request: `${method} ${new URL(url).pathname}`, status: response.status, answer, refusal }
}

async function describeStream(response: Response, start: number): Promise<string> {
  let text = ''
  let first = 0
  const decoder = new TextDecoder()
  for await (const chunk of response.body ?? []) {
    if (first === 0) first = performance.now() - start
    text += decoder.decode(chunk, { stream: true })
  }
  const events = text.split('\n').filter((line) => line.startsWith('event:')).length
  return `${events} events, first after ${Math.round(first)} ms, last after ${Math.round(performance.now() - start)} ms`
}

function describeJson(text: string): string {
  const spoken = /"text"\s*:\s*"([^"]+)"/.exec(text)?.[1] ?? /"message"\s*:\s*"([^"]+)"/.exec(text)?.[1]
  if (spoken !== undefined) return spoken
  const models = [...text.matchAll(/"id"\s*:\s*"([^"]+)"/g)].map((match) => match[1])
  return models.length > 0 ? `models: ${models.join(', ')}` : `${text.length} bytes`
}

/** What codex does first: a WebSocket, and in it one request whose events come back as frames. */
export function askCodex(environment: AgentEnvironment): Promise<Exchange> {
  const url = `${read(environment, 'OPENAI_BASE_URL').replace(/^http/, 'ws')}/responses`
  const { promise, resolve } = Promise.withResolvers<Exchange>()
  const headers = bearer(read(environment, 'OPENAI_API_KEY'))
  const types: string[] = []
  const socket = new WebSocket(url, { headers } as unknown as string[])
  socket.addEventListener('open', () => socket.send(JSON.stringify({ type: 'response.create', input: 'hello' })))
  socket.addEventListener('message', ({ data }) => {
    types.push(String((JSON.parse(String(data)) as { type?: string }).type))
    if (types.at(-1) === 'response.completed') socket.close()
  })
  socket.addEventListener('close', () => {
    const isComplete = types.at(-1) === 'response.completed'
    const answer = `${types.length} frames, last ${types.at(-1) ?? 'none'}`
    resolve({ who: 'codex', request: 'WebSocket /v1/responses', status: isComplete ? 101 : 0, answer, refusal: null })
  })
  return promise
}
