import type { TokenUsage } from '../../../src/core/events.ts'

/** One answer in the wire shape of its API, shortened, and what a meter must say of it. */
export interface Recording {
  readonly name: string
  readonly text: string
  readonly usage: TokenUsage | undefined
  readonly model: string | undefined
}

const events = (...lines: readonly string[]): string => lines.map((line) => `${line}\n\n`).join('')

const chatChunk = (rest: string): string =>
  `data: {"id":"chatcmpl-C1","object":"chat.completion.chunk","created":1763800000,"model":"gpt-5.1-2025-11-13","service_tier":"default","system_fingerprint":null,${rest},"obfuscation":"x1Yz"}`

export const CHAT: Recording = {
  name: 'chat completions with include_usage',
  text: events(
    chatChunk('"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],"usage":null'),
    chatChunk('"choices":[{"index":0,"delta":{"content":"Grüße 🎉"},"finish_reason":null}],"usage":null'),
    chatChunk('"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null'),
    chatChunk(
      '"choices":[],"usage":{"prompt_tokens":1210,"completion_tokens":87,"total_tokens":1297,"prompt_tokens_details":{"cached_tokens":1024,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64}}',
    ),
    'data: [DONE]',
  ),
  usage: { input: 1210, output: 87, cached: 1024 },
  model: 'gpt-5.1-2025-11-13',
}

export const CHAT_WITHOUT_USAGE: Recording = {
  name: 'chat completions without include_usage',
  text: events(
    chatChunk('"choices":[{"index":0,"delta":{"content":"say \\"usage\\": {\\"prompt_tokens\\": 9}"}}]'),
    'data: [DONE]',
  ),
  usage: undefined,
  model: 'gpt-5.1-2025-11-13',
}

const RESPONSE_HEAD =
  '"id":"resp_1","object":"response","created_at":1763800000,"instructions":"Never say \\"model\\":\\"evil\\".","tools":[{"type":"function","name":"bill","parameters":{"properties":{"usage":{"input_tokens":7},"model":{"type":"string"}}}}],"model":"gpt-5.1-codex"'

export const RESPONSES: Recording = {
  name: 'Responses',
  text: events(
    `event: response.created\ndata: {"type":"response.created","sequence_number":0,"response":{${RESPONSE_HEAD},"status":"in_progress","usage":null}}`,
    `event: response.in_progress\ndata: {"type":"response.in_progress","sequence_number":1,"response":{${RESPONSE_HEAD},"status":"in_progress","usage":null}}`,
    'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","sequence_number":2,"item_id":"msg_1","output_index":0,"content_index":0,"delta":"naïve"}',
    `event: response.completed\ndata: {"type":"response.completed","sequence_number":3,"response":{${RESPONSE_HEAD},"status":"completed","output":[],"usage":{"input_tokens":9000,"input_tokens_details":{"cached_tokens":8704},"output_tokens":311,"output_tokens_details":{"reasoning_tokens":256},"total_tokens":9311},"user":null,"metadata":{}}}`,
  ),
  usage: { input: 9000, output: 311, cached: 8704 },
  model: 'gpt-5.1-codex',
}

export const RESPONSES_INCOMPLETE: Recording = {
  name: 'Responses that ended incomplete',
  text: events(
    'event: response.incomplete\ndata: {"response":{"id":"resp_2","model":"gpt-5.1","status":"incomplete","usage":{"input_tokens":12,"output_tokens":16,"total_tokens":28}},"sequence_number":9,"type":"response.incomplete"}',
  ),
  usage: { input: 12, output: 16, cached: 0 },
  model: 'gpt-5.1',
}

export const ANTHROPIC: Recording = {
  name: 'Anthropic messages',
  text: events(
    'event: message_start\ndata: {"type":"message_start","message":{"model":"claude-sonnet-4-5-20250929","id":"msg_01","type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":300,"cache_read_input_tokens":18000,"cache_creation":{"ephemeral_5m_input_tokens":300},"output_tokens":1,"service_tier":"standard"}}           }',
    'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}',
    'event: ping\ndata: {"type": "ping"}',
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"日本語"}}',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":57}}',
    'event: message_stop\ndata: {"type":"message_stop"}',
  ),
  usage: { input: 18_304, output: 57, cached: 18_000 },
  model: 'claude-sonnet-4-5-20250929',
}

export const GOOGLE: Recording = {
  name: 'Google, CRLF and blanks as it sends them',
  text: [
    'data: {"candidates": [{"content": {"parts": [{"text": "Hallo","thoughtSignature": "ab=="}],"role": "model"},"index": 0}],"usageMetadata": {"promptTokenCount": 700,"candidatesTokenCount": 3,"totalTokenCount": 741,"thoughtsTokenCount": 38},"modelVersion": "gemini-2.5-pro","responseId": "r1"}',
    'data: {"candidates": [{"content": {"parts": [{"functionCall": {"name": "bill","args": {"usageMetadata": {"promptTokenCount": 5},"model": "evil"}}}],"role": "model"},"finishReason": "STOP","index": 0}],"usageMetadata": {"promptTokenCount": 700,"candidatesTokenCount": 21,"totalTokenCount": 773,"cachedContentTokenCount": 512,"thoughtsTokenCount": 40,"toolUsePromptTokenCount": 12},"modelVersion": "gemini-2.5-pro","responseId": "r1"}',
  ]
    .map((line) => `${line}\r\n\r\n`)
    .join(''),
  usage: { input: 712, output: 61, cached: 512 },
  model: 'gemini-2.5-pro',
}

export const SSE_RECORDINGS: readonly Recording[] = [
  CHAT,
  CHAT_WITHOUT_USAGE,
  RESPONSES,
  RESPONSES_INCOMPLETE,
  ANTHROPIC,
  GOOGLE,
]

export const JSON_RECORDINGS: readonly Recording[] = [
  {
    name: 'chat completion',
    text: '{\n  "id": "chatcmpl-1",\n  "object": "chat.completion",\n  "model": "gpt-5.1",\n  "choices": [{"index": 0, "message": {"role": "assistant", "content": "\\"usage\\": {\\"prompt_tokens\\": 1}"}}],\n  "usage": {\n    "prompt_tokens": 31,\n    "completion_tokens": 5,\n    "prompt_tokens_details": {"cached_tokens": 16}\n  },\n  "service_tier": "default"\n}\n',
    usage: { input: 31, output: 5, cached: 16 },
    model: 'gpt-5.1',
  },
  {
    name: 'Anthropic message whose tool input holds a usage object',
    text: '{"model":"claude-haiku-4-5","id":"msg_1","type":"message","role":"assistant","content":[{"type":"tool_use","id":"t","name":"bill","input":{"usage":{"input_tokens":999,"output_tokens":999},"model":"evil"}}],"stop_reason":"tool_use","usage":{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":90,"output_tokens":20}}',
    usage: { input: 100, output: 20, cached: 90 },
    model: 'claude-haiku-4-5',
  },
  {
    name: 'tool input alone with a usage object',
    text: '{"type":"message","content":[{"type":"tool_use","input":{"usage":{"input_tokens":999,"output_tokens":999}}}]}',
    usage: undefined,
    model: undefined,
  },
  {
    name: 'Google stream as a JSON array',
    text: '[{"candidates": [{"content": {"parts": [{"text": "a"}]}}],"usageMetadata": {"promptTokenCount": 9},"modelVersion": "gemini-2.5-flash"}\n,\r\n{"candidates": [],"usageMetadata": {"promptTokenCount": 9,"candidatesTokenCount": 4},"modelVersion": "gemini-2.5-flash"}\n]',
    usage: { input: 9, output: 4, cached: 0 },
    model: 'gemini-2.5-flash',
  },
  {
    name: 'Bedrock Converse',
    text: '{"metrics":{"latencyMs":551},"output":{"message":{"content":[{"text":"hi"}],"role":"assistant"}},"stopReason":"end_turn","usage":{"cacheReadInputTokens":40,"cacheWriteInputTokens":2,"inputTokens":8,"outputTokens":6,"totalTokens":56}}',
    usage: { input: 50, output: 6, cached: 40 },
    model: undefined,
  },
  {
    name: 'embeddings',
    text: '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-0.2]}],"model":"text-embedding-3-large","usage":{"prompt_tokens":8,"total_tokens":8}}',
    usage: { input: 8, output: 0, cached: 0 },
    model: 'text-embedding-3-large',
  },
  {
    name: 'error',
    text: '{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}',
    usage: undefined,
    model: undefined,
  },
]
