import type { Fault } from '../fault.ts'
import { PROVIDER_IDS, type ProviderId } from '../providers/provider.ts'
import type { Secret } from '../secret.ts'
import type { ProviderConfig, SecretName } from '../sidecar-config.ts'
import { deriveTopology } from '../topology/derive-topology.ts'
import { placeLicence } from '../topology/licence-host.ts'
import type { Topology } from '../topology/topology.ts'
import { collectGiven, type GivenInputs } from './given-inputs.ts'
import type { InputName } from './input-table.ts'
import type { Inputs, SkippedProvider } from './inputs.ts'
import { findOverruled, locateFaults, mergeConfig } from './merge-config.ts'
import { parseByok } from './parse-byok.ts'
import { parseConfig } from './parse-config.ts'
import { parseCopilot } from './parse-copilot.ts'
import { parseFirewall } from './parse-firewall.ts'
import type { ParsedProvider, ProviderContext } from './parse-key.ts'
import { parseSidecarOptions } from './parse-sidecar-options.ts'
import { parseSources } from './parse-sources.ts'
import { parseEnum } from './parse-values.ts'
import { parseVendor } from './parse-vendor.ts'

export type InputsResult =
  | { readonly kind: 'ok'; readonly inputs: Inputs; readonly notices: readonly string[] }
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] }

/**
 * Turns the texts of all inputs into {@link Inputs}, or into everything that is wrong with them at once.
 * @param raw input name (kebab-case) to text exactly as given; an absent key behaves like the default. A path in `config` must
 *   have been replaced by the text of its file (see `isConfigPath`).
 * @param runner what the runner itself fills in for inputs whose default is an expression (`github-server-url`,
 *   `github-api-url`), which yields to a value of the user's, also when only one of the two URLs is the user's; and the facts
 *   `oidc`, which is `available` where the job may ask GitHub for identity tokens, `provider`, which is `optional` where
 *   nothing is going to be sent, and `inputs`, which is `explicit` where no default is given that nobody wrote.
 */
export function parseInputs(
  raw: ReadonlyMap<string, string>,
  runner: ReadonlyMap<string, string> = new Map(),
): InputsResult {
  const faults: Fault[] = []
  const notices: string[] = []
  const direct = collectGiven(raw, { faults, notices })
  const config = parseConfigInput(direct, faults)
  if (runner.get('inputs') === 'explicit') faults.push(...findOverruled(raw, config))
  const hasLostInputs = faults.length > 0
  const given = settleUrls(direct, runner, (own) => mergeConfig(own, config, faults))
  const topology = parseTopology(given, faults)
  const options = {
    ...parseSidecarOptions({ given, faults, notices }),
    firewall: parseFirewall({ given, faults, notices }),
  }
  const secrets = new Map<SecretName, Secret>()
  const skipped: SkippedProvider[] = []
  const onMissing = parseEnum({ given, faults, notices }, 'on-missing')
  // Who only looks at the lists needs no provider to be whole: one that is not counts as not configured.
  const isWanted = runner.get('provider') !== 'optional'
  const ofProviders = isWanted ? faults : []
  const sources = parseSources({ given, faults: ofProviders, notices, onMissing })
  const hasOidc = runner.get('oidc') === 'available'
  const parsed = parseProviders({
    given,
    faults: ofProviders,
    notices,
    topology,
    onMissing,
    secrets,
    skipped,
    sources,
    hasOidc,
  })
  // After a mistyped name or an unreadable config nobody knows what would have been configured.
  const isEmpty = parsed.every((provider) => provider.kind === 'absent')
  if (isWanted && isEmpty && !hasLostInputs && !sources.isAnyLost) faults.push(NOTHING_CONFIGURED)
  if (faults.length > 0 || topology === undefined) return { kind: 'faults', faults: locateFaults(faults, config) }
  const providers = parsed.flatMap((provider) => (provider.kind === 'configured' ? [provider.config] : []))
  const inputs = { topology: settleLicence(topology, providers), providers, secrets, skipped, onMissing, ...options }
  return { kind: 'ok', inputs, notices }
}

function settleLicence(topology: Topology, providers: readonly ProviderConfig[]): Topology {
  const copilot = providers.find((provider) => provider.id === 'copilot' && provider.upstreamIsExplicit)
  return copilot === undefined ? topology : placeLicence(topology, copilot.upstream.hostname)
}

function parseConfigInput(direct: Map<InputName, string>, faults: Fault[]): ReturnType<typeof parseConfig> {
  const text = direct.get('config')
  return text === undefined ? new Map() : parseConfig(text, faults)
}

const URL_INPUTS: readonly InputName[] = ['github-server-url', 'github-api-url']

/**
 * The runner fills both URLs in, so a user who moves one of them to another GitHub would contradict the other's default. What
 * equals the runner's own value is therefore a witness only when neither URL is the user's.
 */
function settleUrls(
  direct: ReadonlyMap<InputName, string>,
  runner: ReadonlyMap<string, string>,
  merge: (own: GivenInputs) => Map<InputName, string>,
): GivenInputs {
  const own = new Map(direct)
  for (const name of URL_INPUTS) {
    if (own.get(name) === runner.get(name)) own.delete(name)
  }
  const given = merge(own)
  if (URL_INPUTS.some((name) => given.has(name))) return given
  for (const name of URL_INPUTS) {
    const text = direct.get(name) ?? runner.get(name)
    if (text !== undefined) given.set(name, text)
  }
  return given
}

function parseTopology(given: GivenInputs, faults: Fault[]): Topology | undefined {
  const result = deriveTopology({ serverUrl: given.get('github-server-url'), apiUrl: given.get('github-api-url') })
  if (result.kind === 'ok') return result.topology
  faults.push(...result.faults)
  return undefined
}

function parseProviders(context: ProviderContext): readonly ParsedProvider[] {
  return PROVIDER_IDS.map((id) => parseProvider(context, id))
}

function parseProvider(context: ProviderContext, id: ProviderId): ParsedProvider {
  switch (id) {
    case 'copilot':
      return parseCopilot(context)
    case 'byok':
      return parseByok(context)
    case 'openai':
    case 'anthropic':
    case 'gemini':
    case 'vertex':
      return parseVendor(context, id)
  }
}

const NOTHING_CONFIGURED: Fault = {
  code: 'nothing-configured',
  title: 'No provider is configured',
  message: 'Cannot set anything up: no key and no provider is given.',
  fix: 'Give at least one of copilot-github-token, openai-api-key, anthropic-api-key, gemini-api-key, google-api-key or provider-base-url, or a source that stands for one of the keys; copilot-routing: passthrough works without a token.',
}
