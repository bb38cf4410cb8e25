import type { CredentialSource } from '../credentials/source.ts'
import type { Fault } from '../fault.ts'
import { createConflictFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { type KeyInput, type ProviderContext, parseKey } from './parse-key.ts'
import type { SourceKind } from './parse-sources.ts'
import { findMissingInputs, type SourceDraft } from './read-shared-source.ts'
import { CREDENTIAL_OF, SHARED_SOURCES } from './source-table.ts'

/** `absent`: nothing is given. `unusable`: its faults, or its skipping, are recorded. */
export type DecidedCredential = 'absent' | 'unusable' | GivenCredential

export interface GivenCredential {
  readonly source: CredentialSource
  /** The input that stands for the source in messages. */
  readonly input: InputName
}

interface Offer {
  readonly kind: SourceKind
  readonly inputs: readonly InputName[]
  readonly take: () => DecidedCredential
}

/**
 * Decides where the credential of a provider comes from: the one source that is given, which must be the one that
 * `<p>-credential` names where it names one. Keeps its secrets. Two sources at once, or a source without all it needs, are faults.
 */
export function decideCredential(context: ProviderContext, key: KeyInput): DecidedCredential {
  const { choice, isFaulty } = context.sources.of[key.provider]
  const keyState = parseKey(context, key)
  if (isFaulty || keyState === 'unusable') return 'unusable'
  const offers = listOffers(context, key, keyState === 'given')
  const fault = findConflict(context, key, offers)
  if (fault !== undefined) {
    context.faults.push(fault)
    return 'unusable'
  }
  if (choice === 'none') return { source: { kind: 'none' }, input: CREDENTIAL_OF[key.provider].choice }
  return offers[0]?.take() ?? 'absent'
}

function listOffers(context: ProviderContext, { provider, input }: KeyInput, hasKey: boolean): readonly Offer[] {
  const { command, file, shared } = context.sources.of[provider]
  const inputs = CREDENTIAL_OF[provider]
  const plain = (name: InputName, source: CredentialSource): Offer => ({
    kind: source.kind,
    inputs: [name],
    take: () => ({ source, input: name }),
  })
  return [
    ...(hasKey ? [plain(input, { kind: 'static' })] : []),
    ...(command === undefined ? [] : [plain(inputs.command, command)]),
    ...(file === undefined ? [] : [plain(inputs.file, file)]),
    ...shared.map((draft) => ({
      kind: draft.kind,
      inputs: draft.given,
      take: () => takeShared(context, provider, draft),
    })),
  ]
}

function findConflict(context: ProviderContext, key: KeyInput, offers: readonly Offer[]): Fault | undefined {
  const { choice } = context.sources.of[key.provider]
  const name = CREDENTIAL_OF[key.provider].choice
  if (choice === 'auto') return offers.length > 1 ? renderTwoSources(name, offers) : undefined
  const others = offers.filter((offer) => offer.kind !== choice)
  if (others.length > 0) {
    const message = `${name} is ${choice}, but ${renderInputs(others)} ${isOne(others) ? 'is' : 'are'} given.`
    return createConflictFault(name, message, `Leave ${renderInputs(others)} out, or change ${name}.`)
  }
  if (choice === 'none' || offers.length > 0) return undefined
  const needed = listNeeded(context, key, choice)
  const message = `${name} is ${choice}, but ${renderList(needed)} ${needed.length === 1 ? 'is' : 'are'} not given.`
  return createConflictFault(name, message, `Give ${renderList(needed)}, or change ${name}.`)
}

function renderTwoSources(name: InputName, offers: readonly Offer[]): Fault {
  const groups = offers.map((offer) => renderList(offer.inputs))
  const message = `More than one source is given for one credential: ${groups.join('; ')}.`
  return createConflictFault(name, message, `Leave all but one out. ${name} names the one that is meant.`)
}

function listNeeded(
  context: ProviderContext,
  { provider, input }: KeyInput,
  kind: Exclude<SourceKind, 'none'>,
): readonly InputName[] {
  switch (kind) {
    case 'static':
      return [input]
    case 'command':
      return [CREDENTIAL_OF[provider].command]
    case 'file':
      return [CREDENTIAL_OF[provider].file]
    case 'oauth':
    case 'azure':
    case 'aws':
    case 'gcp':
    case 'anthropic':
    case 'openai':
    case 'github-app':
      return findMissingInputs(context, kind)
  }
}

function takeShared(context: ProviderContext, provider: KeyInput['provider'], draft: SourceDraft): DecidedCredential {
  const input = draft.given[0] ?? CREDENTIAL_OF[provider].choice
  const fault = findSharedFault(context, draft, input)
  if (fault !== undefined) {
    if (fault === 'skipped') context.skipped.push({ provider, input: draft.emptySecret ?? input })
    else context.faults.push(fault)
    return 'unusable'
  }
  if (draft.source === undefined) return 'unusable'
  for (const [part, secret] of draft.secrets) context.secrets.set(`${provider}.${part}`, secret)
  return { source: draft.source, input }
}

// An empty secret is in a draft only where that was declared acceptable; so is an identity token that cannot be had.
function findSharedFault(
  context: ProviderContext,
  draft: SourceDraft,
  input: InputName,
): Fault | 'skipped' | undefined {
  if (draft.missing.length > 0) return renderMissing(draft)
  if (draft.emptySecret !== undefined) return 'skipped'
  const { usesOidc, label } = SHARED_SOURCES[draft.kind]
  if (!usesOidc || context.hasOidc) return undefined
  return context.onMissing === 'skip' ? 'skipped' : renderNoOidc(input, label)
}

function renderMissing(draft: SourceDraft): Fault {
  const [first = 'oauth-token-url'] = draft.missing
  const verb = draft.missing.length === 1 ? 'is' : 'are'
  const message = `${renderList(draft.given)} given, but ${renderList(draft.missing)} ${verb} not, so nothing can be asked for.`
  const other = draft.missing.includes('oauth-client-secret')
    ? ' oauth-refresh-token can stand for the client secret.'
    : ''
  return createConflictFault(first, message, `Give ${renderList(draft.missing)}.${other}`)
}

function renderNoOidc(input: InputName, label: string): Fault {
  return {
    code: 'oidc-unavailable',
    input,
    title: 'The job may not ask for an identity token',
    message: `Cannot get a credential from ${label}: GitHub gave this job no ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN.`,
    fix: 'Add `permissions: { contents: read, id-token: write }` to the job, and what else it needs. Pull requests from forks never get this right: set on-missing: skip for them.',
  }
}

function renderInputs(offers: readonly Offer[]): string {
  return renderList(offers.flatMap((offer) => offer.inputs))
}

function isOne(offers: readonly Offer[]): boolean {
  return offers.flatMap((offer) => offer.inputs).length === 1
}

function renderList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
