import { deriveGithubTokenKind, type GithubTokenKind } from '../credentials/github-token-kind.ts'
import type { CredentialSource } from '../credentials/source.ts'
import type { Fault } from '../fault.ts'
import type { ProviderConfig } from '../sidecar-config.ts'
import { type DecidedCredential, decideCredential, type GivenCredential } from './decide-credential.ts'
import { createConflictFault } from './input-fault.ts'
import type { InputName } from './input-table.ts'
import { parseCopilotTarget } from './parse-copilot-target.ts'
import { ABSENT, type ParsedProvider, type ProviderContext, UNUSABLE } from './parse-key.ts'
import { parseEnum, parseText } from './parse-values.ts'

const TOKEN = 'copilot-github-token'
const ROUTING = 'copilot-routing'

const INTEGRATION_ID = {
  pattern: /^[A-Za-z0-9._-]{1,64}$/,
  needed: 'an id of letters, digits, dot, hyphen and underscore',
}
const MODEL = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$/,
  needed: 'a model id of at most 128 letters, digits and . _ : / -',
}

type Routing = ReturnType<typeof parseRouting>

/** What is the same for every credential: the settings that only tune the provider. */
type Tuning = Pick<ProviderConfig, 'integrationId' | 'model' | 'allowMcp'>

/** Reads everything about Copilot. Configured by its token, or by `copilot-routing: passthrough` without one. */
export function parseCopilot(context: ProviderContext): ParsedProvider {
  const known = context.faults.length
  const routing = parseRouting(context)
  const tuning = parseTuning(context)
  const target = parseCopilotTarget(context)
  const isFaulty = context.faults.length > known
  const credential = parseCopilotCredential(context, routing)
  if (isFaulty) return UNUSABLE
  if (credential === 'absent' && routing !== 'passthrough') return decideWithoutKey(context, routing)
  const upstream = typeof target === 'string' ? context.topology?.copilot : target
  if (credential === 'unusable' || upstream === undefined) return UNUSABLE
  return {
    kind: 'configured',
    config: {
      id: 'copilot',
      dialect: 'copilot',
      upstream,
      upstreamIsExplicit: target !== 'absent',
      routing,
      credential: credential === 'absent' ? { kind: 'none' } : credential.source,
      extraHeaderNames: [],
      ...tuning,
    },
  }
}

function parseTuning(context: ProviderContext): Tuning {
  const integrationId = parseText(context, 'copilot-integration-id', INTEGRATION_ID)
  const model = parseText(context, 'copilot-model', MODEL)
  return {
    ...(integrationId === undefined ? {} : { integrationId }),
    ...(model === undefined ? {} : { model }),
    allowMcp: parseEnum(context, 'copilot-mcp') === 'allow',
  }
}

function parseRouting(context: ProviderContext) {
  return parseEnum(context, ROUTING)
}

function parseCopilotCredential(context: ProviderContext, routing: Routing): DecidedCredential {
  const text = context.given.get(TOKEN)
  // An absent secret does not matter to a route that never uses it, as long as absence was declared acceptable.
  if (routing === 'passthrough' && text === '' && context.onMissing === 'skip') return 'absent'
  const credential = decideCredential(context, { provider: 'copilot', input: TOKEN, secretKind: 'copilot' })
  if (typeof credential === 'string') return credential
  const conflict = findRoutingConflict(routing, credential, deriveGithubTokenKind(text ?? ''))
  if (conflict === undefined) return credential
  context.faults.push(conflict)
  return 'unusable'
}

function findRoutingConflict(
  routing: Routing,
  { source, input }: GivenCredential,
  kind: GithubTokenKind,
): Fault | undefined {
  if (routing === 'passthrough') {
    const message = `copilot-routing is passthrough, where the client keeps its own credential, but ${input} is given.`
    return createConflictFault(ROUTING, message, 'Leave one of the two out.')
  }
  if (routing !== 'exchange' || !isKnownToFail(source, kind)) return undefined
  const message =
    'copilot-routing is exchange, but GitHub exchanges only OAuth and App user tokens (gho_, ghu_) of allowed apps.'
  return createConflictFault(ROUTING, message, 'Use auto or inject: the Copilot API takes this kind of token as it is.')
}

// What a program, a file or an OAuth server will give is seen at the first exchange; an App always gives installation tokens.
function isKnownToFail({ kind }: CredentialSource, token: GithubTokenKind): boolean {
  if (kind === 'static') return token !== 'oauth' && token !== 'app-user'
  return kind === 'github-app'
}

// Settings of a provider that is not configured: a fault where they name a goal, a notice where they only tune it.
function decideWithoutKey(context: ProviderContext, routing: Routing): ParsedProvider {
  if (routing !== 'auto') {
    const message = `copilot-routing is ${routing}, but copilot-github-token is not given.`
    context.faults.push(createConflictFault(TOKEN, message, 'Give the token, or leave copilot-routing out.'))
    return UNUSABLE
  }
  if (context.given.has('copilot-api-target')) {
    const message = 'copilot-api-target is given, but copilot-github-token is not, so Copilot is not configured.'
    const fix = 'Give the token, or set copilot-routing: passthrough to route without one.'
    context.faults.push(createConflictFault('copilot-api-target', message, fix))
    return UNUSABLE
  }
  // With a provider of the user's own, copilot-model is the model that Copilot CLI asks it for.
  const isOwnModel = context.given.has('provider-base-url')
  const tuning: readonly InputName[] = ['copilot-integration-id', 'copilot-model', 'copilot-mcp']
  for (const name of tuning.filter((input) => input !== 'copilot-model' || !isOwnModel)) {
    if (context.given.has(name)) context.notices.push(`${name} has no effect: Copilot is not configured.`)
  }
  return ABSENT
}
