import { findKnownSecret } from '../credentials/secret-kind.ts'
import { checkWildcard } from './check-wildcard.ts'
import { parseRuleName } from './parse-rule-name.ts'
import { HTTP_PORT, type ParsedRule, TLS_PORT } from './parsed-rule.ts'
import type { RuleScheme } from './policy.ts'

import { createProblem, type RuleProblem } from './rule-problems.ts'

const LONGEST = 300
const SCHEMES: readonly RuleScheme[] = ['https', 'http', 'tcp']

/**
 * Reads one entry: `example.com`, `*.example.com`, `http://example.com`, `example.com:8443`, `tcp://git.example.com:22`,
 * `!example.com`, or the name of a bundle. Nothing is repaired but case and one trailing dot.
 */
export function parseRule(text: string): ParsedRule {
  const problem = findLexicalProblem(text)
  if (problem !== undefined) return problem
  return text.startsWith('!') ? parseDeny(text.slice(1)) : parseAllow(text)
}

function findLexicalProblem(text: string): RuleProblem | undefined {
  if (text.includes('${{') || text.includes('}}')) return createProblem('expression')
  if (isStraySecret(text)) return createProblem('secret')
  if (/\s/.test(text)) return createProblem('white-space')
  if (text.length > LONGEST) return createProblem('too-long')
  if (text.includes('@')) return createProblem('user-info')
  if (text.includes('?')) return createProblem('query')
  if (text.includes('#')) return createProblem('fragment')
  // Letters of other scripts, and what our own forms need; no percent sign: nothing is decoded, so nothing has two readings.
  return /^[\p{L}\p{M}\p{N}.*:/![\]_-]+$/u.test(text) ? undefined : createProblem('odd-character')
}

/** A known spelling of a key that is not also the plain name of a host (sk-cdn.example.com is one). */
function isStraySecret(text: string): boolean {
  const bare = text.replace(/^!/, '').replace(/^[a-z]+:\/\//i, '')
  return findKnownSecret(bare) !== undefined && !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(bare)
}

function parseDeny(text: string): ParsedRule {
  if (text === '*') return createProblem('deny-everything')
  if (text.includes('/') || /:\d*$/.test(text)) return createProblem('deny-extra')
  const target = parseRuleName(text)
  return target.kind === 'problem' ? target : { kind: 'deny', target }
}

function parseAllow(text: string): ParsedRule {
  const split = splitScheme(text)
  if ('code' in split) return split
  const { scheme, rest } = split
  if (scheme === undefined && /^[a-z][a-z0-9-]*$/i.test(rest)) return decideWord(rest)
  const place = splitPort(rest)
  if ('code' in place) return place
  const target = parseRuleName(place.name)
  if (target.kind === 'problem') return target
  const end = decidePort(scheme, place.port)
  if ('code' in end) return end
  const problem = target.kind === 'wildcard' ? checkWildcard(target.name, end) : undefined
  return problem ?? { kind: 'allow', target: { ...target, ...end } }
}

function decideWord(text: string): ParsedRule {
  const name = text.toLowerCase()
  return name === 'localhost' ? createProblem('loopback') : { kind: 'bundle', name }
}

interface SchemeAndRest {
  readonly scheme: RuleScheme | undefined
  readonly rest: string
}

function splitScheme(text: string): SchemeAndRest | RuleProblem {
  const end = text.indexOf('://')
  if (end < 0) return { scheme: undefined, rest: text }
  const name = text.slice(0, end).toLowerCase()
  const scheme = SCHEMES.find((each) => each === name)
  return scheme === undefined ? createProblem('scheme') : { scheme, rest: text.slice(end + 3) }
}

function splitPort(text: string): { readonly name: string; readonly port: number | undefined } | RuleProblem {
  if (isAddressLike(text)) return createProblem('address')
  if (text.includes('/')) return createProblem('path')
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text, port: undefined }
  const digits = text.slice(colon + 1)
  if (digits === '*') return createProblem('port-star')
  const port = parsePort(digits)
  return port === undefined ? createProblem('port') : { name: text.slice(0, colon), port }
}

/** A port in digits, 1–65535, without leading zeros; undefined for anything else. */
export function parsePort(text: string): number | undefined {
  const port = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? port : undefined
}

function isAddressLike(text: string): boolean {
  if (text.startsWith('[') || /^[0-9a-f]*:[0-9a-f]*:/i.test(text)) return true
  return /^\d{1,3}(\.\d{1,3}){3}([:/]|$)/.test(text)
}

interface RuleEnd {
  readonly scheme: RuleScheme
  readonly port: number
}

// Without a scheme, port 80 is plain HTTP: nothing speaks TLS there, and the relay reads that port as HTTP.
function decidePort(scheme: RuleScheme | undefined, port: number | undefined): RuleEnd | RuleProblem {
  switch (scheme) {
    case undefined:
      return { scheme: port === HTTP_PORT ? 'http' : 'https', port: port ?? TLS_PORT }
    case 'https':
      return port === HTTP_PORT ? createProblem('port-scheme') : { scheme, port: port ?? TLS_PORT }
    case 'http':
      return port === TLS_PORT ? createProblem('port-scheme') : { scheme, port: port ?? HTTP_PORT }
    case 'tcp':
      return port === undefined ? createProblem('port-missing') : { scheme, port }
  }
}
