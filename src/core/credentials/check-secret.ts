import type { Fault } from '../fault.ts'
import { findKnownSecret, type KnownSecretRow, type SecretKind } from './secret-kind.ts'
import { findShapeProblem } from './secret-shape.ts'

const NEEDED: Readonly<Record<SecretKind, string>> = {
  copilot: 'a GitHub token that begins with github_pat_, gho_, ghu_ or ghs_',
  openai: 'an OpenAI API key',
  anthropic: 'an Anthropic API key or OAuth token',
  google: 'a Google API key',
  gateway: 'the key of this provider',
}

const OWN_INPUT: Readonly<Record<Exclude<SecretKind, 'gateway'>, string>> = {
  copilot: 'copilot-github-token',
  openai: 'openai-api-key',
  anthropic: 'anthropic-api-key',
  google: 'gemini-api-key or google-api-key',
}

const COPILOT_FIX =
  'Create a fine-grained token with the permission “Copilot Requests”, or give the job’s own token and `permissions: copilot-requests: write`.'

/**
 * Checks the shape of a secret before anything is sent anywhere: missing, damaged by storing or copying, a sample text, or of
 * another kind than the input takes. One fault for the first thing found; the value is never repeated.
 * @param input name of the input. @param kind what the upstream takes. @param text exactly as given, untrimmed.
 */
export function checkSecret(input: string, kind: SecretKind, text: string): Fault | undefined {
  if (text === '') return renderMissing(input)
  const problem = findShapeProblem(text)
  if (problem !== undefined) {
    return {
      code: 'secret-malformed',
      input,
      title: `${input} is damaged`,
      message: `Cannot use ${input}: found ${problem.found}; needed is ${NEEDED[kind]}.`,
      fix: problem.fix,
    }
  }
  return checkKind(input, kind, text)
}

function renderMissing(input: string): Fault {
  return {
    code: 'secret-missing',
    input,
    title: `${input} is empty`,
    message: `Cannot use ${input}: found an empty text; a secret that is not defined, or not available to this event, gives one.`,
    fix: 'Define the secret for this repository, organization or environment. Remove the input if the provider is not wanted; set on-missing: skip for pull requests from forks.',
  }
}

function checkKind(input: string, kind: SecretKind, text: string): Fault | undefined {
  if (kind === 'gateway') return undefined
  const known = findKnownSecret(text)
  if (known === undefined) return kind === 'copilot' ? renderWrongKind(input, kind, undefined) : undefined
  return known.kind === kind ? undefined : renderWrongKind(input, kind, known)
}

function renderWrongKind(
  input: string,
  kind: Exclude<SecretKind, 'gateway'>,
  known: KnownSecretRow | undefined,
): Fault {
  const found = known === undefined ? 'a text that does not begin like any GitHub token' : nameFound(known)
  const other = known?.kind === undefined ? '' : `That one belongs into ${OWN_INPUT[known.kind]}. `
  const own = kind === 'copilot' ? COPILOT_FIX : `Give ${NEEDED[kind]}.`
  return {
    code: 'secret-wrong-kind',
    input,
    title: `${input} is a secret of another kind`,
    message: `Cannot use ${input}: found ${found}; needed is ${NEEDED[kind]}.`,
    fix: other + own,
  }
}

function nameFound(known: KnownSecretRow): string {
  if (known.prefix === 'ghp_') return 'a classic GitHub token (ghp_), which Copilot never accepts'
  return known.kind === undefined ? `${known.name}, which this provider does not take` : known.name
}
