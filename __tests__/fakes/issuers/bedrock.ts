import { crc32 } from 'node:zlib'
import { type FakeAnswer, type FakeRequest, type FakeService, json } from '../exchange.ts'
import type { AwsSts } from './aws-sts.ts'
import { findSignatureFault } from './sigv4.ts'
import type { TokenLedger } from './token-ledger.ts'

export interface BedrockOptions {
  readonly region: string
  readonly sts: AwsSts
  /** Session tokens that still count, as STS books them. */
  readonly tokens: TokenLedger
  readonly text: string
}

/** bedrock-runtime and, for its listing, the control plane: every request is checked against its own signature. */
export function createBedrock(options: BedrockOptions): FakeService {
  const { region, sts, tokens } = options
  return {
    answer: (request) => {
      const fault = findSignatureFault(request, { region, service: 'bedrock', find: sts.find })
      if (fault !== undefined) return refuse(403, fault.type, fault.message)
      if (!tokens.accepts(request.header('x-amz-security-token') ?? '')) {
        return refuse(403, 'ExpiredTokenException', 'The security token included in the request is expired')
      }
      return answerPath(request, options)
    },
  }
}

function answerPath(request: FakeRequest, { text }: BedrockOptions): FakeAnswer {
  if (request.method === 'GET' && request.path === '/foundation-models') {
    return json(200, { modelSummaries: [{ modelId: 'anthropic.claude-fake-v1:0', modelName: 'Fake' }] })
  }
  // Not the decoded path: the name of a model may have an encoded slash.
  const [path = ''] = request.target.split('?')
  const operation = /^\/model\/[^/]+\/(converse|converse-stream|invoke|invoke-with-response-stream)$/.exec(path)?.[1]
  if (request.method !== 'POST' || operation === undefined) {
    return refuse(404, 'UnknownOperationException', `${request.method} ${request.path}`)
  }
  if (!operation.endsWith('stream')) {
    const message = { role: 'assistant', content: [{ text }] }
    return json(200, { output: { message }, stopReason: 'end_turn', usage: { inputTokens: 12, outputTokens: 3 } })
  }
  const chunks = [...text].map((letter) => renderStreamMessage('contentBlockDelta', { delta: { text: letter } }))
  const end = renderStreamMessage('messageStop', { stopReason: 'end_turn' })
  const headers = { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'fake' }
  return { kind: 'bytes', status: 200, chunks: [...chunks, end], headers }
}

function refuse(status: number, type: string, message: string): FakeAnswer {
  return json(status, { message }, { 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/` })
}

/** One message of an AWS event stream: lengths, headers and payload, each with its checksum. */
export function renderStreamMessage(event: string, payload: object): Buffer {
  const headers = Buffer.concat([
    renderStreamHeader(':event-type', event),
    renderStreamHeader(':content-type', 'application/json'),
    renderStreamHeader(':message-type', 'event'),
  ])
  const body = Buffer.from(JSON.stringify(payload))
  const prelude = Buffer.alloc(12)
  prelude.writeUInt32BE(16 + headers.length + body.length, 0)
  prelude.writeUInt32BE(headers.length, 4)
  prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8)
  const message = Buffer.concat([prelude, headers, body, Buffer.alloc(4)])
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4)
  return message
}

function renderStreamHeader(name: string, value: string): Buffer {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(Buffer.byteLength(value))
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)])
}
