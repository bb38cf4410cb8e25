/** What the HTML standard's parsing of event streams (§9.2.6) gives for a whole body. */
export interface EventStream {
  /** Data of each event that is dispatched. */
  readonly events: readonly string[]
  /** True where an event has several data lines, is never dispatched, or the text holds a byte order mark. */
  readonly isUnusual: boolean
}

export function readEventStream(body: Buffer): EventStream {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body)
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\n|\r/)
  // What stands behind the last line end is no line.
  const last = lines.pop() ?? ''
  const events: string[] = []
  let data: string[] = []
  let isUnusual = text.includes('\ufeff') || last.startsWith('data')
  for (const line of lines) {
    if (line !== '') data.push(...readData(line))
    else if (data.length > 0) {
      events.push(data.join('\n'))
      data = []
    }
    isUnusual ||= data.length > 1
  }
  return { events, isUnusual: isUnusual || data.length > 0 }
}

/** What a line adds to the data of its event: one text, or nothing. */
function readData(line: string): readonly string[] {
  const colon = line.indexOf(':')
  const name = colon < 0 ? line : line.slice(0, colon)
  if (name !== 'data') return []
  return [colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')]
}
