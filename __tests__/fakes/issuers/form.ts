import type { FakeRequest } from '../exchange.ts'

/** The fields of a form body; a field given twice throws, because no issuer here takes one. */
export function readForm(request: FakeRequest): URLSearchParams {
  const form = new URLSearchParams(request.body.toString('utf8'))
  for (const name of form.keys()) if (form.getAll(name).length > 1) throw new Error(`The form names ${name} twice`)
  return form
}
