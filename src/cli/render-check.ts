import type { Inputs } from '../core/inputs/inputs.ts'
import { renderLogText } from '../core/log-text.ts'
import { PROVIDERS } from '../core/providers/table.ts'
import type { ProviderCheck, Verdict } from '../core/sidecar-config.ts'
import type { Topology } from '../core/topology/topology.ts'
import { renderUpstream } from '../core/upstream.ts'
import type { CheckFindings } from './check-findings.ts'
import { renderTable } from './render-table.ts'

/** Version of the JSON; it changes when a member changes its meaning. */
const JSON_VERSION = 1

/** The findings as JSON: no secret, the listings of models as their number. */
export function renderCheckJson({ inputs, checks, faults }: CheckFindings): string {
  const findings = {
    version: JSON_VERSION,
    topology: inputs === undefined ? null : describeTopology(inputs.topology),
    credentials: checks.map(describeCheck),
    faults: faults.map(({ code, input, title, message, fix }) => ({ code, input: input ?? null, title, message, fix })),
  }
  return `${JSON.stringify(findings, null, 2)}\n`
}

function describeTopology({ kind, web, rest, graphql, copilot, ghHost, copilotGhHost }: Topology): object {
  return {
    ...{ kind, web, rest: renderUpstream(rest), graphql: renderUpstream(graphql), copilot: renderUpstream(copilot) },
    ...{ ghHost: ghHost ?? null, copilotGhHost: copilotGhHost ?? null },
  }
}

function describeCheck(check: ProviderCheck): object {
  const { provider, verdict, cause, message, fix, status, routing, routingReason, models, missingModel } = check
  return {
    ...{ provider, verdict, cause, message, fix, status, ms: Math.round(check.ms) },
    ...{ upstream: renderUpstream(check.upstream), routing, routingReason },
    ...{ modelCount: models.length, missingModel: missingModel ?? null },
  }
}

const MARKS: Readonly<Record<Verdict, string>> = {
  valid: '✓ valid',
  rejected: '✗ rejected',
  inconclusive: '? inconclusive',
  unchecked: '– unchecked',
}

/** The findings for people. */
export function renderCheckTable({ topology }: Inputs, checks: readonly ProviderCheck[]): string {
  const hosts = renderTable([
    ['GitHub', `https://${topology.web}`, topology.kind],
    ['REST', renderUpstream(topology.rest), ''],
    ['GraphQL', renderUpstream(topology.graphql), ''],
    ['Copilot', renderUpstream(topology.copilot), 'before discovery'],
  ])
  const verdicts = checks.flatMap((check) => [
    [PROVIDERS[check.provider].label, MARKS[check.verdict], renderUpstream(check.upstream), describeAnswer(check)],
  ])
  const details = checks.map((check) => renderDetail(check).join('\n')).filter((text) => text !== '')
  // Names of models are the upstream's words, and a terminal obeys control characters.
  return [hosts, renderTable(verdicts), ...details].join('\n').split('\n').map(renderLogText).join('\n')
}

function describeAnswer({ status, ms, models, provider, routing }: ProviderCheck): string {
  return [
    ...(status === null ? [] : [String(status)]),
    `${Math.round(ms)} ms`,
    ...(models.length === 0 ? [] : [`${models.length} ${models.length === 1 ? 'model' : 'models'}`]),
    ...(provider === 'copilot' ? [`routing ${routing}`] : []),
  ].join(', ')
}

function renderDetail(check: ProviderCheck): readonly string[] {
  const { provider, verdict, cause, message, fix, missingModel } = check
  const nearest = missingModel?.nearest.join(', ') ?? ''
  const model =
    missingModel === undefined
      ? []
      : [
          `${PROVIDERS[provider].label} (model-unavailable)`,
          `  cause: The model ${missingModel.wanted} is not in the listing.`,
          `  fix:   ${nearest === '' ? 'Choose a model of the listing.' : `The nearest names are ${nearest}.`}\n`,
        ]
  if (verdict === 'valid') return model
  return [`${PROVIDERS[provider].label} (${cause})`, `  cause: ${message}`, `  fix:   ${fix}\n`, ...model]
}
