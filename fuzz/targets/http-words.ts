import type { Dice } from '../engine/dice.ts'

/** Header lines that decide about framing and connections, right and wrong. */
export const HEADER_LINES: readonly string[] = [
  'Host: h.example',
  'host: other.example:80',
  'Content-Length: 3',
  'content-length: 0',
  'Content-Length: 03',
  'Content-Length: +3',
  'Content-Length: 3, 3',
  'Content-Length : 3',
  'Content-Length: 18446744073709551619',
  'Transfer-Encoding: chunked',
  'transfer-encoding: Chunked',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: \x0bchunked',
  'Connection: close',
  'Connection: keep-alive, upgrade',
  'Connection: content-length',
  'Connection: authorization',
  'Connection: Upgrade\r\nUpgrade: websocket',
  'Upgrade: h2c',
  'Expect: 100-continue',
  'Authorization: Bearer mine',
  'X-Api-Key: mine',
  'Accept: */*',
  'X-Empty:',
  'X-Blank: \t ',
  'X-Text: a\tb\xe9\xff',
  'X-Nul: a\0b',
  'X-Cr: a\rb',
  'X-Lf: a\nContent-Length: 5',
  ' folded: line',
  '\tfolded',
  ': no name',
  'no colon',
  'Keep-Alive: timeout=5, max=10',
  'Trailer: X-End',
  'TE: trailers',
]

export function latin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

export const HTTP_WORDS: readonly Buffer[] = [
  ...HEADER_LINES.map((line) => `${line}\r\n`),
  ...[
    '\r\n',
    '\r\n\r\n',
    '\r',
    '\n',
    '\n\n',
    '\0',
    ' ',
    '\t',
    ':',
    ';',
    '0\r\n\r\n',
    '5\r\nhello\r\n',
    '1;x=y\r\nz\r\n',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
  ],
].map(latin1)

/** A body in chunks, nearly always a right one. */
export function generateChunks(dice: Dice, body: string): string {
  let text = ''
  for (let at = 0; at < body.length; ) {
    const size = 1 + dice.below(body.length - at)
    const digits = dice.chance(4) ? size.toString(16).toUpperCase().padStart(dice.below(10), '0') : size.toString(16)
    const extension = dice.chance(8)
      ? dice.pick([';a=b', ';a="q;r"', ' ', ';', ' ;a', `;${'x'.repeat(dice.below(1200))}`])
      : ''
    text += `${digits}${extension}\r\n${body.slice(at, at + size)}\r\n`
    at += size
  }
  const trailers = dice.chance(6)
    ? dice.pick(['X-End: 1\r\n', 'Content-Length: 9\r\n', 'no colon\r\n', ' : x\r\n', 'a b: c\r\n'])
    : ''
  return `${text}0\r\n${trailers}\r\n`
}

export function generateBody(dice: Dice): string {
  const length = dice.chance(10) ? dice.below(3000) : dice.below(30)
  return dice.bytes(length).toString('latin1')
}
