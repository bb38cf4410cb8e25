import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { DEFAULT_REFRESH_POLICY } from '../../core/credentials/refresh-rule.ts'
import type { LifecycleEvent } from '../../core/events.ts'
import type { ProviderId } from '../../core/providers/provider.ts'
import { addRequest, createReport } from '../../core/report/create-report.ts'
import type { TrafficReport } from '../../core/report.ts'
import { deriveRunTokens } from '../../core/run-token.ts'
import type { Secret } from '../../core/secret.ts'
import type {
  LaunchMessage,
  ProviderCheck,
  ProviderConfig,
  SecretName,
  SidecarConfig,
} from '../../core/sidecar-config.ts'
import type { BoundPorts, Figures, ListenerName, ToWorker } from '../ipc.ts'
import type { AccessLog } from './access-log.ts'
import { createClientGuard } from './client-guard.ts'
import { createSourceContext } from './credentials/create-source-context.ts'
import { readLaunchSecret } from './credentials/read-launch-secret.ts'
import type { SourceClient } from './credentials/source-client.ts'
import type { RequestContext } from './handle-request.ts'
import { createLimits, type Limits } from './limits.ts'
import { cleanModel, type LiveRedactor } from './live-redactor.ts'
import { createManagementServer } from './management-server.ts'
import { ProviderRuntime } from './provider-runtime.ts'
import { createProviderServer } from './provider-server.ts'
import { createProxyChoice } from './proxy-choice.ts'
import { createProbeSender } from './send-probe.ts'
import { createStatusPage, type StatusPage } from './status/status-page.ts'
import { createThrottle } from './throttle.ts'
import { createUpstreamClient, type UpstreamClient, type UpstreamClientOptions } from './upstream-client.ts'
import { createNameServers, createUpstreamLookup } from './upstream-lookup.ts'
import { prepareProviders } from './validation/prepare-providers.ts'
import type { ValidationContext } from './validation/prober.ts'
import { rediscoverUpstream } from './validation/rediscover.ts'
import { waitUntil } from './wait-until.ts'

export interface ServiceOptions {
  readonly boot: Extract<ToWorker, { kind: 'boot' }>
  readonly redactor: LiveRedactor
  readonly sources: SourceClient
  readonly nodeVersion: string
  readonly ports: () => BoundPorts | undefined
  readonly log: AccessLog
  readonly onLifecycle: (
    what: LifecycleEvent['what'],
    detail: { readonly provider?: ProviderId; readonly detail?: string },
  ) => void
  /** Told soon after each change, many changes at once. */
  readonly onFigures: (figures: Figures) => void
  /** The next worker has to start with this one. */
  readonly onRotated: (name: SecretName, value: Secret) => void
  readonly onChecks: (checks: readonly ProviderCheck[]) => void
  readonly askFirewall: () => void
  readonly stop: (drainMs: number) => Promise<void>
  readonly onStopped: () => void
}

/** The running sidecar of one worker: its servers, its upstream connections, its figures. */
export interface Service {
  checks(): readonly ProviderCheck[]
  accept(listener: ListenerName, handle: unknown): void
  /** Refuses new requests and waits for the running ones, at most this long. */
  drain(drainMs: number): Promise<void>
  readonly onFirewallDigest: StatusPage['onFirewallDigest']
}

/** All probes of a start together: whoever waits for the step shall know within this. */
const ALL_PROBES_MS = 15_000
/** Under load a worker's sudden death may lose the figures and budgets of one interval; otherwise nothing. */
const FIGURES = { burst: 16, everyMs: 50 }

/** Obtains and proves every credential, then builds the servers. No socket is accepted before this has resolved. */
export async function createService(options: ServiceOptions): Promise<Service> {
  const { config, secrets } = options.boot.launch
  const client = createClient(options.boot.launch)
  const validation = createValidation(options, client)
  const sources = createSourceContext({ ...options, secrets, validation })
  const prepared = await prepareProviders(sources, options.boot.checks)
  const { replayBufferBytes } = config.refresh ?? DEFAULT_REFRESH_POLICY
  const runtimes = prepared.map((part, index) => {
    const provider = config.providers[index] as ProviderConfig
    const extraHeaders = validation.extraHeaders(provider)
    return new ProviderRuntime({
      ...part,
      config: provider,
      rest: config.topology.rest,
      extraHeaders,
      replayBufferBytes,
    })
  })
  return buildService({ options, client, validation, runtimes })
}

interface Parts {
  readonly options: ServiceOptions
  readonly client: UpstreamClient
  readonly validation: ValidationContext
  readonly runtimes: readonly ProviderRuntime[]
}

interface ServiceState {
  readonly report: TrafficReport
  readonly limits: Limits
  active: number
  isStopping: boolean
  readonly onChange: () => void
}

function buildService(parts: Parts): Service {
  const { options, runtimes } = parts
  const state = createState(options)
  const checks = (): readonly ProviderCheck[] => runtimes.map((runtime) => runtime.check)
  const current = (): TrafficReport => withLostLines(state.report, options.log)
  const { config } = options.boot.launch
  const status = createStatusPage({ ...options, config, checks, report: current, redact: options.redactor.redact })
  const context = createRequestContext(parts, state, { checks, status })
  const servers = new Map<ListenerName, (socket: Socket) => void>(
    runtimes.map((runtime) => [runtime.config.id, createProviderServer(context, runtime)]),
  )
  const management = createManagement(options, { checks, report: current, status })
  servers.set('management', (socket) => void management.emit('connection', socket))
  return {
    checks,
    accept: (listener, handle) => servers.get(listener)?.(handle as Socket),
    drain: async (drainMs) => {
      state.isStopping = true
      await waitUntil(() => state.active === 0, drainMs)
    },
    onFirewallDigest: status.onFirewallDigest,
  }
}

function createState({ boot, log, onFigures }: ServiceOptions): ServiceState {
  const report = boot.figures?.report ?? createReport()
  report.workerRestarts = boot.restarts
  const used = boot.figures?.used ?? { requests: 0, tokens: 0 }
  const limits = createLimits({ ...boot.launch.config.limits, used })
  const onChange = createThrottle(FIGURES, () => {
    onFigures({ report: withLostLines(report, log), used: limits.used() })
  })
  return { report, limits, active: 0, isStopping: false, onChange }
}

function withLostLines(report: TrafficReport, log: AccessLog): TrafficReport {
  report.lostLogLines = log.lost
  return report
}

function createRequestContext(
  { options, client, validation }: Parts,
  state: ServiceState,
  { checks, status }: Pick<Views, 'checks' | 'status'>,
): RequestContext {
  const { config, secrets } = options.boot.launch
  const tokens = deriveRunTokens(readLaunchSecret(secrets, 'run-token'))
  return {
    client,
    limits: state.limits,
    guard: createClientGuard({ clientAuth: config.clientAuth, runnerUid: config.runnerUid, tokens }),
    nextId: createIds(config.runId, options.boot.restarts),
    rediscover: async (runtime) => {
      const isMoved = await rediscoverUpstream(validation, runtime)
      if (!isMoved) return false
      options.onChecks(checks())
      options.onLifecycle('rediscovered', { provider: runtime.config.id, detail: runtime.check.upstream.hostname })
      return true
    },
    onStart: () => {
      state.active += 1
      // A request that a dying worker was busy with has been admitted: it must count in the next worker's budget.
      if (config.limits.maxRequests !== null) state.onChange()
    },
    onEvent: (event) => {
      state.active -= 1
      state.onChange()
      const clean = cleanModel(event, options.redactor)
      addRequest(state.report, clean)
      status.push(options.log.append(clean))
    },
    isStopping: () => state.isStopping,
    refreshRules: (config.refresh ?? DEFAULT_REFRESH_POLICY).onStatus,
  }
}

interface Views {
  readonly checks: () => readonly ProviderCheck[]
  readonly report: () => TrafficReport
  readonly status: StatusPage
}

function createManagement(options: ServiceOptions, views: Views): Server {
  const { config, secrets } = options.boot.launch
  return createManagementServer({
    ...views,
    runId: config.runId,
    controlToken: readLaunchSecret(secrets, 'control-token'),
    nodeVersion: options.nodeVersion.replace(/^v/, ''),
    ports: options.ports,
    stop: async (drainMs) => {
      await options.stop(drainMs)
      return views.report()
    },
    onStopped: options.onStopped,
  })
}

function createClient(launch: LaunchMessage): UpstreamClient {
  const { config, secrets } = launch
  return createUpstreamClient({
    proxyFor: createProxyChoice({
      https: secrets['proxy.https'],
      http: secrets['proxy.http'],
      noProxy: config.noProxy,
    }),
    extraCa: config.extraCa,
    idleTimeoutMs: config.streamIdleTimeoutMs,
    ...createLookup(config),
  })
}

function createLookup({ nameservers, hosts }: SidecarConfig): Pick<UpstreamClientOptions, 'lookup'> {
  if (nameservers === undefined) return {}
  return { lookup: createUpstreamLookup({ hosts: hosts ?? '', servers: createNameServers(nameservers) }) }
}

function createValidation(options: ServiceOptions, client: UpstreamClient): ValidationContext {
  const { config, secrets } = options.boot.launch
  const started = performance.now()
  return {
    config,
    sender: createProbeSender(client, options.redactor.redact),
    extraHeaders: (provider) =>
      provider.extraHeaderNames.map((name) => [name, readLaunchSecret(secrets, `header.${name}`)] as const),
    // After the start the same context serves re-discovery and renewals, each with a budget of its own.
    remainingMs: () => (options.ports() === undefined ? started + ALL_PROBES_MS - performance.now() : ALL_PROBES_MS),
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    now: () => performance.now(),
  }
}

function createIds(runId: string, restarts: number): () => string {
  let count = 0
  return () => {
    count += 1
    return `${runId.slice(0, 8)}-${restarts}-${count}`
  }
}
