import { createClientRequestsTarget } from '../../fuzz/targets/client-requests.ts'
import { createProxyHeadTarget } from '../../fuzz/targets/openings.ts'
import { readConnection } from '../../fuzz/targets/read-connection.ts'
import { createRelayRequestsTarget } from '../../fuzz/targets/relay-requests.ts'
import { createUpstreamAnswersTarget } from '../../fuzz/targets/upstream-answers.ts'
import { readHttpRequest } from '../../src/core/egress-wire/http-request.ts'
import { parseProxyHead } from '../../src/core/egress-wire/proxy-head.ts'
import { deriveUpstreamHeaders } from '../../src/core/upstream-headers.ts'
import { ResponseParser } from '../../src/sidecar/worker/upstream/response-parser.ts'
import { holdTarget } from './hold-target.ts'

const lenient = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')

class LenientParser extends ResponseParser {
  override push(bytes: Buffer): void {
    super.push(lenient(bytes))
  }
}

holdTarget(createClientRequestsTarget(), [
  {
    defect: 'takes a bare LF for a line end',
    create: () =>
      createClientRequestsTarget({
        read: (pieces, options) => readConnection([lenient(Buffer.concat(pieces))], options),
        deriveHeaders: deriveUpstreamHeaders,
      }),
  },
  {
    defect: 'loses a byte where the bytes are cut',
    create: () =>
      createClientRequestsTarget({
        read: (pieces, options) =>
          readConnection(pieces.length === 3 ? [pieces[0] ?? Buffer.alloc(0), ...pieces.slice(2)] : pieces, options),
        deriveHeaders: deriveUpstreamHeaders,
      }),
  },
  {
    defect: 'lets the client’s own credential pass',
    create: () =>
      createClientRequestsTarget({
        read: readConnection,
        deriveHeaders: (raw, injection) => deriveUpstreamHeaders(raw, { ...injection, keepsClientCredential: true }),
      }),
  },
])

holdTarget(createUpstreamAnswersTarget(), [
  {
    defect: 'takes a bare LF for a line end',
    create: () => createUpstreamAnswersTarget((method, sink) => new LenientParser(method, sink)),
  },
])

holdTarget(createRelayRequestsTarget(), [
  {
    defect: 'sends Host on as the client wrote it',
    create: () =>
      createRelayRequestsTarget((raw, expected) => {
        const reading = readHttpRequest(raw, expected)
        if (reading.kind === 'refused') return reading
        const at = raw.rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
        return { ...reading, headers: ['Host', raw.rawHeaders[at + 1] ?? '', ...reading.headers.slice(2)] }
      }),
  },
])

holdTarget(createProxyHeadTarget(), [
  {
    defect: 'gives up before the head is whole',
    create: () =>
      createProxyHeadTarget((bytes) => {
        const reading = parseProxyHead(bytes)
        return reading.kind === 'more' && bytes.length > 30 ? { kind: 'refused', reason: 'not-http' } : reading
      }),
  },
])
