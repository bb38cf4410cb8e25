/**
 * The HTTP parser that Node itself uses (llhttp), in its strict form: the second opinion about where a message begins and ends.
 * Its class has no public name; every use of it is here.
 */
interface NodeParser {
  initialize(type: number, resource: object, maxHeaderSize: number, lenient: number): void
  execute(bytes: Buffer): number | Error
  finish(): Error | undefined
  close(): void
  [callback: number]: (...given: never[]) => unknown
}

interface NodeParserClass {
  new (): NodeParser
  readonly REQUEST: number
  readonly RESPONSE: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
}

export interface NodeMessage {
  readonly method: string
  readonly target: string
  readonly status: number
  readonly version: string
  /** Flat name/value list. */
  readonly headers: readonly string[]
  readonly isUpgrade: boolean
  readonly isPersistent: boolean
  body: string
  isComplete: boolean
}

export interface NodeReading {
  readonly messages: readonly NodeMessage[]
  /** `HPE_…`, when the parser gave up. */
  readonly error: string | undefined
}

export interface NodeReadingOptions {
  readonly type: 'request' | 'response'
  /** Of an answer: whether it has no body whatever it says, because HEAD was asked. */
  readonly isHead?: boolean
  /** The connection was closed behind the bytes. */
  readonly isEnded?: boolean
}

const MOST_HEADER_BYTES = 1024 * 1024
const { HTTPParser, methods } = loadParser()

function loadParser(): { readonly HTTPParser: NodeParserClass; readonly methods: readonly string[] } {
  const module: unknown = process.getBuiltinModule('_http_common' as 'http')
  return module as { readonly HTTPParser: NodeParserClass; readonly methods: readonly string[] }
}

type HeadFacts = [
  number,
  number,
  string[] | undefined,
  number | undefined,
  string | undefined,
  number,
  string,
  boolean,
  boolean,
]

/** Everything that Node's strict parser sees in the bytes. */
export function readWithNode(bytes: Buffer, options: NodeReadingOptions): NodeReading {
  const parser = new HTTPParser()
  parser.initialize(options.type === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, MOST_HEADER_BYTES, 0)
  const messages: NodeMessage[] = []
  // More than a few headers come in portions before the head is complete; trailers come the same way behind it.
  let portions: string[] = []
  let target = ''
  parser[HTTPParser.kOnHeaders] = (headers: string[], url: string) => {
    portions.push(...headers)
    target += url
  }
  parser[HTTPParser.kOnHeadersComplete] = (...facts: HeadFacts) => {
    const message = createMessage(facts, portions, target)
    portions = []
    target = ''
    messages.push(message)
    return options.isHead === true && message.status >= 200 ? 1 : 0
  }
  parser[HTTPParser.kOnBody] = (part: Buffer) => {
    const last = messages.at(-1)
    if (last !== undefined) last.body += part.toString('latin1')
  }
  parser[HTTPParser.kOnMessageComplete] = () => {
    const last = messages.at(-1)
    if (last !== undefined) last.isComplete = true
    portions = []
    target = ''
  }
  const result = parser.execute(bytes)
  const ending = options.isEnded === true && typeof result === 'number' ? parser.finish() : undefined
  parser.close()
  return { messages, error: codeOf(result) ?? codeOf(ending) }
}

function createMessage(facts: HeadFacts, portions: readonly string[], target: string): NodeMessage {
  const [major, minor, headers, method, url, status, , isUpgrade, isPersistent] = facts
  return {
    method: method === undefined || method === null ? '' : (methods[method] ?? ''),
    target: url ?? target,
    status: status ?? 0,
    version: `${major}.${minor}`,
    headers: headers ?? portions,
    isUpgrade: isUpgrade === true,
    isPersistent,
    body: '',
    isComplete: false,
  }
}

// Not by its class: a test may run in another realm than the parser.
function codeOf(result: unknown): string | undefined {
  return typeof result === 'object' && result !== null
    ? ((result as NodeJS.ErrnoException).code ?? 'unknown')
    : undefined
}
