import type { FakeRequest } from './exchange.ts'

const CREDENTIAL_HEADERS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'proxy-authorization', 'cookie']
const CREDENTIAL_PARAMETERS = ['key', 'api_key', 'api-key', 'access_token', 'token']

export interface OfferedCredential {
  /** Header name in lower case, or `?name` for a query parameter. */
  readonly place: string
  readonly value: string
}

/** Every credential a request carries, also doubled and empty ones: a proxy must leave exactly the one it injects. */
export function findCredentials(request: FakeRequest): readonly OfferedCredential[] {
  const found: OfferedCredential[] = []
  for (let index = 0; index < request.rawHeaders.length; index += 2) {
    const place = (request.rawHeaders[index] ?? '').toLowerCase()
    if (CREDENTIAL_HEADERS.includes(place)) found.push({ place, value: request.rawHeaders[index + 1] ?? '' })
  }
  for (const [name, value] of request.query) {
    if (CREDENTIAL_PARAMETERS.includes(name.toLowerCase())) found.push({ place: `?${name}`, value })
  }
  return found
}

/** True when the request carries this one credential in this one place and no other credential anywhere. */
export function carriesOnly(request: FakeRequest, expected: OfferedCredential): boolean {
  const [first, ...others] = findCredentials(request)
  return others.length === 0 && first?.place === expected.place && first.value === expected.value
}
