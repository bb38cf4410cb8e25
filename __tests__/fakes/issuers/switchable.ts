import { type FakeAnswer, type FakeRequest, type FakeService, json } from '../exchange.ts'

/** How a service behaves that can be broken and mended while it runs. A refused connection is made by closing its server. */
export type Condition =
  | 'up'
  | 'error'
  | 'silent'
  | FakeAnswer
  /** The service does its work, but this is answered: what a proxy before it says when its answer is lost. */
  | { readonly kind: 'after'; readonly answer: FakeAnswer }

export interface SwitchableService extends FakeService {
  readonly set: (condition: Condition) => void
  /** Requests that arrived, also those that were answered with an error. */
  readonly count: () => number
}

/** Wraps a service so that a test can let it answer 500, not at all, or with an error in the issuer's own words. */
export function createSwitchable(service: FakeService): SwitchableService {
  let condition: Condition = 'up'
  let count = 0
  return {
    answer: (request: FakeRequest) => {
      count += 1
      if (condition === 'up') return service.answer(request)
      if (condition === 'error') return json(500, { error: 'server_error', error_description: 'The issuer is broken.' })
      if (condition === 'silent') return { kind: 'silence' }
      if (condition.kind !== 'after') return condition
      service.answer(request)
      return condition.answer
    },
    set: (next) => {
      condition = next
    },
    count: () => count,
  }
}
