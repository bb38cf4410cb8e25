import { describeText } from '../describe-text.ts'
import { describeUrlFault } from '../describe-url-fault.ts'
import { isLoopback } from '../hostname.ts'
import { parseUpstream, renderOrigin, type Upstream } from '../upstream.ts'
import type { ParseContext } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'

export interface BaseUrlRules {
  /** A URL of the right form, shown in the fix. */
  readonly example: string
  /** Plain HTTP beyond this machine is accepted, with a notice. */
  readonly allowPlainHttp?: boolean
}

/** Reads the base URL of a provider. `absent` when it is not given, `faulty` when its fault has been recorded. */
export function parseBaseUrl(
  context: ParseContext,
  name: InputName,
  rules: BaseUrlRules,
): Upstream | 'absent' | 'faulty' {
  const text = context.given.get(name)
  if (text === undefined) return 'absent'
  const url = parseUpstream(text, { allowPlainHttp: rules.allowPlainHttp === true })
  if (typeof url === 'string') {
    const words = describeUrlFault(text, url, rules.example)
    const found = `${describeText(text)}, ${words.problem}`
    context.faults.push(
      createInputFault(name, { found, needed: `a base URL such as ${rules.example}`, fix: words.fix }),
    )
    return 'faulty'
  }
  if (url.scheme === 'http' && !isLoopback(url.hostname)) {
    context.notices.push(`${name} is plain HTTP: the key and all content travel unencrypted to ${renderOrigin(url)}.`)
  }
  return url
}
