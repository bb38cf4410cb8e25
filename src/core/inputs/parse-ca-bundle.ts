import { findKnownSecret } from '../credentials/secret-kind.ts'
import { describeText } from '../describe-text.ts'
import type { ParseContext } from './given-inputs.ts'
import { createInputFault } from './input-fault.ts'

const INPUT = 'ca-bundle'
const CERTIFICATE = /^-----BEGIN (TRUSTED )?CERTIFICATE-----$/m

/** True for PEM text, false for a path: one test for whoever checks the input and whoever uses it. */
export function isPemText(text: string): boolean {
  return text.includes('-----BEGIN ')
}

/** Reads `ca-bundle`: a path on one line, or PEM text with at least one certificate and no private key. */
export function parseCaBundle(context: ParseContext): string | undefined {
  const text = context.given.get(INPUT)
  if (text === undefined) return undefined
  const found = isPemText(text) ? findPemProblem(text) : findPathProblem(text)
  if (found === undefined) return text
  const fix = 'Give the path of a PEM file, or its text with all line breaks (in YAML as a block behind |).'
  context.faults.push(createInputFault(INPUT, { found, needed: 'a path or PEM certificates', fix }))
  return undefined
}

function findPemProblem(text: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'a private key among the certificates'
  if (!CERTIFICATE.test(text.replaceAll('\r', ''))) return 'PEM text without a certificate on lines of its own'
  const begins = text.match(/-----BEGIN /g)?.length
  return begins === text.match(/-----END /g)?.length ? undefined : 'PEM text that is cut off'
}

function findPathProblem(text: string): string | undefined {
  const known = findKnownSecret(text)
  if (known !== undefined) return known.name
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text)) return describeText(text)
  if (text.includes('${' + '{') || text.length > 4096) return `${describeText(text)}, which is no path`
  return /^https?:/i.test(text) ? 'a URL, which is not fetched' : undefined
}
