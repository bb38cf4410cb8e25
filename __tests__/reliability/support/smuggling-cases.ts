/**
 * The public classes of request smuggling, each as bytes for one connection: a first request, and behind it a second one
 * (`/v1/smuggled`) that must never be taken for a request by whoever comes next. `HEAD` stands for the lines that every request of
 * the target needs (Host, and for the sidecar the token of the run).
 */
export interface SmugglingCase {
  readonly name: string
  readonly render: (parts: Parts) => string
  /**
   * `refused`: nothing arrives, and the connection is closed. `one`: it is one unambiguous request, and what looks like a second
   * one is its body or is not read. `broken`: its head was fine, its body was not: at most one arrives, never whole.
   */
  readonly expected: 'refused' | 'one' | 'broken'
  /** Refused for what it says, not for how it is framed: whoever goes on behind it takes nothing for something else. */
  readonly isWholeMessage: boolean
}

interface Parts {
  /** Header lines, each with its line end. */
  readonly head: string
  /** `http://authority` for the absolute form of a forward proxy, or nothing. */
  readonly base: string
}

type Row = readonly [name: string, expected: SmugglingCase['expected'], headers: string, body: string]

const LAST_CHUNK = '0\r\n\r\n'
const FOUR = 'Content-Length: 4'
const CHUNKED = 'Transfer-Encoding: chunked'

/** Header lines of a POST, the bytes behind its head, and what becomes of it. */
const FRAMINGS: readonly Row[] = [
  ['CL.TE', 'refused', `${FOUR}\r\n${CHUNKED}`, LAST_CHUNK],
  ['TE.CL', 'refused', `${CHUNKED}\r\n${FOUR}`, LAST_CHUNK],
  ['TE.0: chunks and a length of 0', 'refused', `${CHUNKED}\r\nContent-Length: 0`, LAST_CHUNK],
  ['TE.TE: an unknown coding', 'refused', 'Transfer-Encoding: xchunked', LAST_CHUNK],
  ['TE.TE: chunked twice', 'refused', `${CHUNKED}\r\n${CHUNKED}`, LAST_CHUNK],
  ['TE.TE: chunked, then identity', 'refused', 'Transfer-Encoding: chunked, identity', LAST_CHUNK],
  ['TE.TE: gzip, then chunked', 'refused', 'Transfer-Encoding: gzip, chunked', LAST_CHUNK],
  ['TE.TE: identity beside chunked', 'refused', `Transfer-Encoding: identity\r\n${CHUNKED}`, LAST_CHUNK],
  ['TE.TE: in quotes', 'refused', 'Transfer-Encoding: "chunked"', LAST_CHUNK],
  ['TE.TE: with a parameter', 'refused', 'Transfer-Encoding: chunked;q=1', LAST_CHUNK],
  ['TE.TE: a vertical tab before the coding', 'refused', 'Transfer-Encoding: \x0bchunked', LAST_CHUNK],
  ['TE.TE: a byte above ASCII behind the coding', 'refused', 'Transfer-Encoding: chunked\x85', LAST_CHUNK],
  ['TE.TE: a blank before the colon', 'refused', `Transfer-Encoding : chunked\r\n${FOUR}`, LAST_CHUNK],
  ['TE.TE: a folded line', 'refused', `Transfer-Encoding:\r\n chunked\r\n${FOUR}`, LAST_CHUNK],
  ['TE.TE: a line of its own by a bare LF', 'refused', `X: y\nTransfer-Encoding: chunked\r\n${FOUR}`, LAST_CHUNK],
  ['TE.TE: a line of its own by a bare CR', 'refused', `X: y\rTransfer-Encoding: chunked\r\n${FOUR}`, LAST_CHUNK],
  ['TE.TE: behind a NUL', 'refused', `X: y\0\r\n${CHUNKED}`, LAST_CHUNK],
  ['TE.TE: an empty coding', 'refused', 'Transfer-Encoding:', ''],
  ['CL.CL: two that differ', 'refused', 'Content-Length: 0\r\nContent-Length: 44', ''],
  ['CL.CL: two that are equal', 'refused', `${FOUR}\r\n${FOUR}`, 'body'],
  ['CL.CL: a list', 'refused', 'Content-Length: 4, 4', 'body'],
  ['CL: a plus sign', 'refused', 'Content-Length: +4', 'body'],
  ['CL: a minus sign', 'refused', 'Content-Length: -4', 'body'],
  ['CL: hexadecimal', 'refused', 'Content-Length: 0x4', 'body'],
  ['CL: an exponent', 'refused', 'Content-Length: 4e0', 'body'],
  ['CL: a fraction', 'refused', 'Content-Length: 4.0', 'body'],
  ['CL: a blank inside', 'refused', 'Content-Length: 4 4', 'body'],
  ['CL: empty', 'refused', 'Content-Length:', ''],
  ['CL: beyond all numbers', 'refused', 'Content-Length: 99999999999999999999', ''],
  ['CL: a letter behind it', 'refused', 'Content-Length: 4a', 'body'],
  ['CL: a blank before the colon', 'refused', 'Content-Length : 4', 'body'],
  ['CL: no colon', 'refused', 'Content-Length 4', 'body'],
  ['a folded header', 'refused', 'X-Folded: a\r\n b\r\nContent-Length: 0', ''],
  ['a first header that is folded', 'refused', ' X-Folded: a\r\nContent-Length: 0', ''],
  ['a tab that folds', 'refused', 'X-Folded: a\r\n\tb\r\nContent-Length: 0', ''],
  ['a bare LF behind a header', 'refused', 'X-A: b\nContent-Length: 0', ''],
  ['a bare CR in a header', 'refused', 'X-A: b\rContent-Length: 4', 'body'],
  ['a NUL in a header', 'refused', 'X-A: b\0c\r\nContent-Length: 0', ''],
  ['a NUL in a header’s name', 'refused', 'X\0A: b\r\nContent-Length: 0', ''],
  ['a header without a name', 'refused', ': b\r\nContent-Length: 0', ''],
  ['an unknown expectation', 'refused', `Expect: 200-ok\r\n${FOUR}`, 'body'],
  ['two expectations', 'refused', `Expect: 100-continue\r\nExpect: 100-continue\r\n${FOUR}`, 'body'],
  ['a second Host', 'refused', 'Host: other.test\r\nContent-Length: 0', ''],
  ['a chunk size that is no number', 'broken', CHUNKED, `zz\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size with 0x', 'broken', CHUNKED, `0x4\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size with a plus sign', 'broken', CHUNKED, `+4\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size with a minus sign', 'broken', CHUNKED, `-4\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size behind a blank', 'broken', CHUNKED, ` 4\r\nbody\r\n${LAST_CHUNK}`],
  ['an empty chunk size', 'broken', CHUNKED, `\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size beyond 64 bits', 'broken', CHUNKED, `fffffffffffffffff\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk size that wraps at 64 bits', 'broken', CHUNKED, `10000000000000004\r\nbody\r\n${LAST_CHUNK}`],
  ['a chunk longer than it says', 'broken', CHUNKED, `4\r\nbody and more\r\n${LAST_CHUNK}`],
  ['a chunk without a line end', 'broken', CHUNKED, `4\r\nbody${LAST_CHUNK}`],
  ['a bare LF behind a chunk size', 'broken', CHUNKED, `4\nbody\r\n${LAST_CHUNK}`],
  ['a bare LF behind a chunk', 'broken', CHUNKED, `4\r\nbody\n${LAST_CHUNK}`],
  ['a bare LF in a chunk extension', 'broken', CHUNKED, `4;a\n=b\r\nbody\r\n${LAST_CHUNK}`],
  ['a bare CR in a chunk extension', 'broken', CHUNKED, `4;a\r=b\r\nbody\r\n${LAST_CHUNK}`],
  ['a NUL in a chunk extension', 'broken', CHUNKED, `4;a\0\r\nbody\r\n${LAST_CHUNK}`],
  ['a bare LF that ends the last chunk', 'broken', CHUNKED, '4\r\nbody\r\n0\n\n'],
  ['a trailer without a colon', 'broken', CHUNKED, '4\r\nbody\r\n0\r\nX-Trailer\r\n\r\n'],
  ['a trailer with a bare CR', 'broken', CHUNKED, '4\r\nbody\r\n0\r\nX: a\rb\r\n\r\n'],
]

/** Unambiguous, though another parser may once have read them otherwise. What is behind them must be kept apart. */
const ORDINARY: readonly Row[] = [
  [
    'CL.0: a second request inside of a body with a length',
    'one',
    'Content-Length: LENGTH\r\nConnection: close',
    'SECOND',
  ],
  ['a second request inside of a chunk', 'one', `${CHUNKED}\r\nConnection: close`, `CHUNK\r\n${LAST_CHUNK}`],
  ['a length with leading zeros', 'one', 'Content-Length: 0004\r\nConnection: close', 'body'],
  ['a chunk extension with a value', 'one', `${CHUNKED}\r\nConnection: close`, `4;a="b;c"\r\nbody\r\n${LAST_CHUNK}`],
  ['a trailer that frames', 'broken', `${CHUNKED}\r\nConnection: close`, '4\r\nbody\r\n0\r\nContent-Length: 9\r\n\r\n'],
  ['Transfer_Encoding with an underscore', 'one', `Transfer_Encoding: chunked\r\n${FOUR}\r\nConnection: close`, 'body'],
]

const SECOND = ({ head, base }: Parts): string => `GET ${base}/v1/smuggled HTTP/1.1\r\n${head}\r\n`

const renderPost =
  ([, , headers, body]: Row) =>
  (parts: Parts): string => {
    const second = SECOND(parts)
    const filled = (text: string): string =>
      text
        .replace('LENGTH', String(second.length))
        .replace('CHUNK', `${second.length.toString(16)}\r\n${second}`)
        .replace('SECOND', second)
    return `POST ${parts.base}/v1/first HTTP/1.1\r\n${parts.head}${filled(headers)}\r\n\r\n${filled(body)}${second}`
  }

const HEADS: readonly (readonly [name: string, render: SmugglingCase['render']])[] = [
  [
    'a bare LF that ends the head',
    (parts) => `GET ${parts.base}/v1/first HTTP/1.1\r\n${parts.head}X: y\n\n${SECOND(parts)}`,
  ],
  [
    'a bare LF behind the request line',
    (parts) => `GET ${parts.base}/v1/first HTTP/1.1\n${parts.head}\r\n${SECOND(parts)}`,
  ],
  ['no version', (parts) => `GET ${parts.base}/v1/first\r\n${parts.head}\r\n${SECOND(parts)}`],
  ['a version of the future', (parts) => `GET ${parts.base}/v1/first HTTP/1.2\r\n${parts.head}\r\n${SECOND(parts)}`],
  [
    'a version with more digits',
    (parts) => `GET ${parts.base}/v1/first HTTP/1.10\r\n${parts.head}\r\n${SECOND(parts)}`,
  ],
  ['the preface of HTTP/2', (parts) => `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${SECOND(parts)}`],
  ['a blank in the target', (parts) => `GET ${parts.base}/v1/fi rst HTTP/1.1\r\n${parts.head}\r\n${SECOND(parts)}`],
  [
    'two blanks behind the method',
    (parts) => `GET  ${parts.base}/v1/first HTTP/1.1\r\n${parts.head}\r\n${SECOND(parts)}`,
  ],
  ['a tab behind the method', (parts) => `GET\t${parts.base}/v1/first HTTP/1.1\r\n${parts.head}\r\n${SECOND(parts)}`],
  [
    'chunks under HTTP/1.0',
    (parts) => `POST ${parts.base}/v1/first HTTP/1.0\r\n${parts.head}${CHUNKED}\r\n\r\n${LAST_CHUNK}${SECOND(parts)}`,
  ],
  ['no Host', () => 'GET /v1/first HTTP/1.1\r\nConnection: close\r\n\r\n'],
]

const WHOLE_MESSAGES: readonly string[] = ['an unknown expectation', 'two expectations', 'two blanks behind the method']

/** Every case, for the targets that read a request of a client: the sidecar, the relay, its forward proxy. */
export const SMUGGLING_CASES: readonly SmugglingCase[] = [
  ...[...FRAMINGS, ...ORDINARY].map((row) => ({ name: row[0], expected: row[1], render: renderPost(row) })),
  ...HEADS.map(([name, render]) => ({ name, expected: 'refused' as const, render })),
].map((row) => ({ ...row, isWholeMessage: WHOLE_MESSAGES.includes(row.name) }))
