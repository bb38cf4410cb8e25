import { PROBE_BODY_LIMIT, type ProbeAnswer, type ProbeRequest } from '../../core/probes/probe.ts'
import { renderAuthority } from '../../core/upstream.ts'
import { AnswerDecoder } from './answer-decoder.ts'
import { type Coding, parseCodings } from './content-codings.ts'
import { classifyFailure } from './failure.ts'
import type { AnswerControl, AnswerHandler } from './upstream/exchange.ts'
import type { ResponseHead } from './upstream/response-head.ts'
import type { UpstreamClient } from './upstream-client.ts'

export interface ProbeSender {
  /** Sends one request with the given credential header and reads its answer; never rejects, never follows a redirect. */
  send(request: ProbeRequest, options: ProbeOptions): Promise<ProbeAnswer>
}

export interface ProbeOptions {
  readonly headers: readonly (readonly [string, string])[]
  /** Milliseconds from now. */
  readonly deadlineMs: number
  /** Leaves the body as it came: for answers that bring a credential. What is quoted of one is redacted by its reader. */
  readonly isRaw?: boolean
}

/** @param redact removes every known secret from text that leaves this function. */
export function createProbeSender(client: UpstreamClient, redact: (text: string) => string): ProbeSender {
  return {
    send: (request, options) =>
      new Promise((resolve) => {
        const collector = new AnswerCollector(redact, { resolve, isRaw: options.isRaw === true })
        const timer = setTimeout(() => collector.expire(), options.deadlineMs)
        collector.onDone = () => clearTimeout(timer)
        try {
          dispatch(client, request, { options, collector })
        } catch (error) {
          collector.fail(error)
        }
      }),
  }
}

function dispatch(
  client: UpstreamClient,
  request: ProbeRequest,
  how: { readonly options: ProbeOptions; readonly collector: AnswerCollector },
): void {
  const headers = [...request.headers, ...how.options.headers].flat()
  // Injected headers ask for it already; requests to issuers have none.
  if (!headers.includes('accept-encoding')) headers.push('accept-encoding', 'identity')
  client.pool(request.upstream).dispatch(
    {
      authority: renderAuthority(request.upstream),
      path: `${request.upstream.basePath}${request.path}` || '/',
      method: request.method,
      headers,
      body: request.body === undefined || request.body === null ? null : Buffer.from(request.body),
    },
    how.collector,
  )
}

class AnswerCollector implements AnswerHandler {
  onDone: () => void = () => undefined
  readonly #redact: (text: string) => string
  readonly #resolve: (answer: ProbeAnswer) => void
  readonly #isRaw: boolean
  #controller: AnswerControl | undefined
  #status = 0
  #headers: Record<string, string> = {}
  #chunks: Buffer[] = []
  #size = 0
  #decoder: AnswerDecoder | undefined
  #isReadable = true
  #isOver = false

  constructor(
    redact: (text: string) => string,
    how: { readonly resolve: (answer: ProbeAnswer) => void; readonly isRaw: boolean },
  ) {
    this.#redact = redact
    this.#resolve = how.resolve
    this.#isRaw = how.isRaw
  }

  onRequestStart(controller: AnswerControl): void {
    this.#controller = controller
    if (this.#isOver) controller.abort(new Error('expired'))
  }

  onResponseStart(_control: AnswerControl, head: ResponseHead): void {
    this.#status = head.status
    const codings = parseCodings(head.contentEncoding)
    this.#isReadable = codings !== undefined
    if (codings !== undefined && codings.length > 0) this.#decoder = this.#createDecoder(codings)
    for (let index = 0; index + 1 < head.headers.length; index += 2) this.#note(head.headers, index)
  }

  #note(headers: readonly string[], index: number): void {
    const name = (headers[index] ?? '').toLowerCase()
    const value = this.#redact(headers[index + 1] ?? '')
    const before = this.#headers[name]
    this.#headers[name] = before === undefined ? value : `${before}, ${value}`
  }

  onResponseData(controller: AnswerControl, chunk: Buffer): void {
    // A copy: the chunk is valid during this call only.
    const bytes = Buffer.from(chunk)
    if (this.#decoder === undefined) this.#take(bytes)
    else if (!this.#decoder.push(bytes)) controller.pause()
  }

  onResponseEnd(): void {
    if (this.#decoder === undefined) this.#answer()
    else this.#decoder.end()
  }

  // Compressed although nobody asked for it. What cannot be unpacked is read as far as it could.
  #createDecoder(codings: readonly Coding[]): AnswerDecoder {
    return new AnswerDecoder(codings, {
      onData: (bytes) => this.#take(bytes),
      onDrain: () => this.#controller?.resume(),
      onEnd: () => this.#answer(),
      onError: () => this.#answer(),
    })
  }

  #take(bytes: Buffer): void {
    if (!this.#isReadable || this.#isOver) return
    this.#chunks.push(bytes)
    this.#size += bytes.length
    if (this.#size < PROBE_BODY_LIMIT) return
    this.#answer()
    this.#controller?.abort(new Error('enough'))
  }

  onResponseError(_controller: AnswerControl, error: Error): void {
    this.fail(error)
  }

  expire(): void {
    const controller = this.#controller
    this.fail(Object.assign(new Error('deadline'), { code: 'ETIMEDOUT' }))
    controller?.abort(new Error('deadline'))
  }

  fail(error: unknown): void {
    const { kind, code } = classifyFailure(error)
    this.#finish({ kind: 'failure', failure: kind, code })
  }

  #answer(): void {
    const text = Buffer.concat(this.#chunks).subarray(0, PROBE_BODY_LIMIT).toString('utf8')
    this.#finish({
      kind: 'answer',
      status: this.#status,
      headers: this.#headers,
      body: this.#isRaw ? text : this.#redact(text),
    })
  }

  #finish(answer: ProbeAnswer): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    this.onDone()
    this.#resolve(answer)
  }
}
