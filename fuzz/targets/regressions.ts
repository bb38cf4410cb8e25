/** An input that once broke a rule, or showed that a rule was missing. It is read again in every run of the tests. */
export interface Regression {
  readonly target: string
  readonly name: string
  /** Latin-1. */
  readonly input: string
}

const POST = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'

export const REGRESSIONS: readonly Regression[] = [
  { target: 'client-requests', name: 'a trailer without a name', input: `${POST}0\r\n:\r\n\r\n` },
  { target: 'client-requests', name: 'a trailer that begins with a blank', input: `${POST}0\r\n a: b\r\n\r\n` },
  { target: 'client-requests', name: 'a trailer that frames', input: `${POST}0\r\nContent-Length: 5\r\n\r\nhello` },
  {
    target: 'client-requests',
    name: 'a long chunk extension',
    input: `${POST}9;${'a'.repeat(1100)}\r\naaaaaaaaa\r\n0\r\n\r\n`,
  },
  {
    target: 'client-requests',
    name: 'a head of the greatest length, cut before its last byte',
    input: `GET / HTTP/1.1\r\nHost: h\r\nX: ${'x'.repeat(65_536 - 28)}\r\n\r\n`,
  },
  {
    target: 'client-requests',
    name: 'an option of Connection behind a byte that looks like a blank',
    input: 'GET / HTTP/1.0\r\nConnection:\xa0keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n',
  },
  {
    target: 'client-requests',
    name: 'an upgrade that is no WebSocket and has a body',
    input: 'PATCH * HTTP/1.1\r\nContent-Length:2\r\nHost:\r\nConnection:upgrade\r\nUpgrade:\r\n\r\naa',
  },
  {
    target: 'upstream-answers',
    name: 'a trailer without a name',
    input: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n:\r\n\r\n',
  },
  {
    target: 'upstream-answers',
    name: 'a trailer that frames',
    input: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n',
  },
  {
    target: 'upstream-answers',
    name: 'a head of the greatest length, cut before its last byte',
    input: `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: ${'x'.repeat(65_536 - 39)}\r\n\r\n`,
  },
  {
    target: 'upstream-answers',
    name: 'a tab behind the coding',
    input: 'HTTP/1.0 400\r\nTransfer-Encoding:chunked\t\r\n\r\n',
  },
  {
    target: 'upstream-answers',
    name: 'interim answers of HTTP/1.0',
    input: 'HTTP/1.0 100 \r\n\r\nHTTP/1.0 100\r\n\r\nHTTP/1.0 200\r\n\r\n',
  },
  {
    target: 'upstream-answers',
    name: 'a length of nothing in two digits',
    input: 'HTTP/1.1 200 OK\r\nContent-Length: 00\r\n\r\n',
  },
  {
    target: 'relay-requests',
    name: 'a length of nothing in two digits',
    input: 'POST / HTTP/1.0\r\nhost:h.example\r\nContent-Length:00\r\n\r\n',
  },
  {
    target: 'relay-requests',
    name: 'an expectation of HTTP/1.0',
    input: 'GET / HTTP/1.0\r\nhost:h.example\r\nExpect:\r\n\r\n',
  },
  {
    target: 'proxy-head',
    name: 'no body, said twice',
    input: 'CONNECT a:4 HTTP/1.0\r\ncontent-length:0\r\ncontent-length:0\r\n\r\n',
  },
  {
    target: 'proxy-head',
    name: 'a head of the greatest length, cut before its last byte',
    input: `CONNECT h.example:443 HTTP/1.1\r\nX: ${'x'.repeat(16_384 - 35)}\r\n\r\n`,
  },
  {
    target: 'event-stream',
    name: 'counts whose sum is no whole number',
    input: 'data:{"usage":{"cache_read_input_tokens":8,"cache_creation_input_tokens":9007199254740990}}\n\n',
  },
  {
    target: 'json-usage',
    name: 'counts whose sum is no whole number',
    input: '{"usage":{"input_tokens":9007199254740990,"cache_read_input_tokens":6}}',
  },
  {
    target: 'config',
    name: 'JSON with a carriage return before a value',
    input: '{"aws-role-arn":"","oauth-refresh-token":\r""}',
  },
  { target: 'machine-texts', name: 'a name server that is a name', input: 'nameserver ns.example' },
  { target: 'token-answers', name: 'a short token that is called a page', input: 't0kenQ7w8E9r0T1y2U3i4O5p' },
  {
    target: 'token-answers',
    name: 'a token answer that is called a page',
    input: '{"access_token":"t0kenQ7w8E9r0T1y2U3i4O5p"}',
  },
  { target: 'summary', name: 'a name that GitHub makes a link of', input: 'www.evil.example' },
]
