import type { FakeAnswer, FakeRequest, FakeService } from '../exchange.ts'
import { findCredentials } from '../offered-credentials.ts'

export interface TokenGateOptions {
  /** True for a token that its issuer gave out and that still lives. */
  readonly accepts: (token: string) => boolean
  /** Header the token must stand in, alone; a bearer by default. */
  readonly header?: 'authorization' | 'api-key'
  /** What the service behind knows instead of the tokens. */
  readonly inner: { readonly header: string; readonly value: string }
  /** Headers a request with a token must have; without them it is as if the token were wrong. */
  readonly companions?: Readonly<Record<string, string>>
  /** Answer to every other request, where the service behind has other words for tokens than for keys. */
  readonly refusal?: FakeAnswer
}

/**
 * Puts issued tokens before a service that knows one fixed key: a request with a living token gets the key in its place, every
 * other reaches the service as it is, and is refused in the service's own words.
 */
export function createTokenGate(service: FakeService, options: TokenGateOptions): FakeService {
  return {
    answer: (request) => {
      if (isLetIn(request, options)) return service.answer(exchangeKey(request, options))
      return options.refusal ?? service.answer(request)
    },
  }
}

function isLetIn(
  request: FakeRequest,
  { accepts, header = 'authorization', companions = {} }: TokenGateOptions,
): boolean {
  const [first, ...others] = findCredentials(request)
  if (first?.place !== header || others.length > 0) return false
  const token = header === 'authorization' ? (/^Bearer (.+)$/.exec(first.value)?.[1] ?? '') : first.value
  const lacks = Object.entries(companions).some(
    ([name, value]) => request.header(name)?.split(',').includes(value) !== true,
  )
  return !lacks && accepts(token)
}

function exchangeKey(request: FakeRequest, { header = 'authorization', inner }: TokenGateOptions): FakeRequest {
  const rawHeaders: string[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index] ?? ''
    const isToken = name.toLowerCase() === header
    rawHeaders.push(isToken ? inner.header : name, isToken ? inner.value : (request.rawHeaders[index + 1] ?? ''))
  }
  const lookup = (name: string): string | undefined => (name === inner.header ? inner.value : request.header(name))
  return { ...request, rawHeaders, header: lookup }
}
