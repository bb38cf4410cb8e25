import type { CommandSource, CredentialSource, FileSource } from '../credentials/source.ts'
import { PROVIDER_IDS, type ProviderId } from '../providers/provider.ts'
import type { ParseContext } from './given-inputs.ts'
import { createConflictFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { type CommandSettings, parseCommand, parseCommandSettings } from './parse-command.ts'
import { parseEnum, parseText, type TextRule } from './parse-values.ts'
import { readSharedSource, type SourceDraft } from './read-shared-source.ts'
import { CREDENTIAL_OF, SHARED_KINDS, SHARED_SOURCES } from './source-table.ts'

export type SourceKind = CredentialSource['kind']

/** What is given for the credential of one provider, beside its key. */
export interface ProviderSources {
  /** `<p>-credential`; `auto` also when it could not be read. */
  readonly choice: SourceKind | 'auto'
  /** Something of it was refused; its faults are recorded, so nothing more can be said about it. */
  readonly isFaulty: boolean
  readonly command?: CommandSource
  readonly file?: FileSource
  /** Shared sources that serve this provider. */
  readonly shared: readonly SourceDraft[]
}

export interface ParsedSources {
  readonly of: Readonly<Record<ProviderId, ProviderSources>>
  /** A source was given that belongs to nobody; its fault is recorded, but for a region alone, which is no source. */
  readonly isAnyLost: boolean
}

type SourceContext = ParseContext & { readonly onMissing: 'fail' | 'skip' }

/**
 * Reads every input about where credentials come from, and decides which provider each source serves: those whose
 * `<p>-credential` names it, else the one that its inputs belong to by their names.
 */
export function parseSources(context: SourceContext): ParsedSources {
  const settings = parseCommandSettings(context)
  const own = mapProviders((id) => parseOwn(context, id, settings))
  tellUnusedSettings(context)
  const drafts = SHARED_KINDS.flatMap((kind) => readSharedSource(context, kind) ?? [])
  const served = new Map<ProviderId, SourceDraft[]>()
  let isAnyLost = false
  for (const draft of drafts) {
    const isOther = served.has('byok')
    const ids = isOnlyRegion(context, draft, isOther || hasOther(own.byok)) ? [] : findServed(context, draft, own)
    if (ids.length === 0) isAnyLost = true
    for (const id of ids) served.set(id, [...(served.get(id) ?? []), draft])
  }
  const of = mapProviders((id): ProviderSources => {
    const shared = served.get(id) ?? []
    // A source that is named but was not handed over has its fault already.
    const isDenied = drafts.some((draft) => draft.kind === own[id].choice && !shared.includes(draft))
    const isFaulty = own[id].isFaulty || isDenied || shared.some((draft) => draft.isFaulty)
    return { ...own[id], shared, isFaulty }
  })
  return { of, isAnyLost }
}

type OwnSources = Omit<ProviderSources, 'shared'>
type ByProvider<T> = Readonly<Record<ProviderId, T>>

function mapProviders<T>(derive: (id: ProviderId) => T): ByProvider<T> {
  return Object.fromEntries(PROVIDER_IDS.map((id) => [id, derive(id)])) as Record<ProviderId, T>
}

const FILE: TextRule = {
  pattern: /^(?!.*\$\{\{)(?!https?:)[^\p{C}\p{Zl}\p{Zp}]{1,4096}$/u,
  needed: 'the path of a file, on one line',
}

function parseOwn(context: ParseContext, id: ProviderId, settings: CommandSettings): OwnSources {
  const inputs = CREDENTIAL_OF[id]
  const before = context.faults.length
  const choice = parseEnum(context, inputs.choice)
  const command = parseCommand(context, inputs.command, settings)
  const path = parseText(context, inputs.file, FILE)
  return {
    choice,
    isFaulty: context.faults.length > before,
    ...(command === undefined ? {} : { command }),
    ...(path === undefined ? {} : { file: { kind: 'file', path } }),
  }
}

const SETTINGS: readonly InputName[] = ['command-timeout', 'command-environment', 'command-shell']

function tellUnusedSettings({ given, notices }: ParseContext): void {
  if (PROVIDER_IDS.some((id) => given.has(CREDENTIAL_OF[id].command))) return
  for (const name of SETTINGS.filter((each) => given.has(each))) {
    notices.push(`${name} has no effect: no credential comes from a program.`)
  }
}

function findServed(context: ParseContext, draft: SourceDraft, own: ByProvider<OwnSources>): readonly ProviderId[] {
  const named = PROVIDER_IDS.filter((id) => own[id].choice === draft.kind)
  if (named.length > 0) return checkServed(context, draft, named)
  const owner = SHARED_SOURCES[draft.kind].owner ?? (context.given.has('provider-base-url') ? 'byok' : undefined)
  if (owner !== undefined) return [owner]
  // After a choice that could not be read, the missing one may be just that.
  if (!draft.isFaulty && !PROVIDER_IDS.some((id) => own[id].isFaulty)) {
    const message = `${draft.given.join(', ')} given, but it is not said for which provider.`
    const fix = 'Set the credential input of one provider to oauth, for example openai-credential: oauth.'
    context.faults.push(createConflictFault(draft.given[0] ?? 'oauth-token-url', message, fix))
  }
  return []
}

// A refresh token that two would use in turn is withdrawn at the second use by servers that rotate it.
function checkServed(context: ParseContext, draft: SourceDraft, ids: readonly ProviderId[]): readonly ProviderId[] {
  if (draft.kind !== 'oauth' || ids.length === 1) return ids
  const names = ids.map((id) => CREDENTIAL_OF[id].choice)
  const message = `${names.join(' and ')} are both oauth, but there is one oauth-client-id.`
  const fix = 'Use oauth for one of them, and another source for the other.'
  context.faults.push(createConflictFault(names[1] ?? 'oauth-client-id', message, fix))
  return []
}

// A region alone is no source: a Bedrock API key needs it too.
function isOnlyRegion({ given }: ParseContext, draft: SourceDraft, isServed: boolean): boolean {
  return draft.kind === 'aws' && !given.has('aws-role-arn') && (given.has('provider-api-key') || isServed)
}

function hasOther({ choice, command, file }: OwnSources): boolean {
  return (choice !== 'auto' && choice !== 'aws') || command !== undefined || file !== undefined
}
