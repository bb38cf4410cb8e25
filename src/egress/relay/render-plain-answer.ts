const REASONS = { 400: 'Bad Request', 403: 'Forbidden', 502: 'Bad Gateway' } as const

/** A whole answer in plain text, after which the connection is closed. */
export function renderPlainAnswer(status: keyof typeof REASONS, text: string): string {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status]}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ]
  return `${lines.join('\r\n')}\r\n\r\n${text}`
}
