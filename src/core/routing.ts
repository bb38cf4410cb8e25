import type { ApiDialect, RoutingMode } from './providers/provider.ts'
import { PROVIDERS } from './providers/table.ts'
import type { RefusalCode } from './refusals.ts'
import type { ProviderConfig } from './sidecar-config.ts'

/**
 * Decides where a request goes, or why it is refused. Every method and path of a provider is forwarded; only the Copilot port
 * lends its credential for what a Copilot client needs, because a GitHub token opens much more than inference.
 */
export type Route =
  | { readonly kind: 'forward'; readonly to: 'api' | 'rest'; readonly path: string }
  | { readonly kind: 'refuse'; readonly code: RefusalCode }

export interface RouteRequest {
  readonly provider: Pick<ProviderConfig, 'id' | 'dialect' | 'upstream' | 'allowMcp'>
  readonly routing: RoutingMode
  readonly method: string
  /** Request target as it stood on the wire, credential parameters removed. */
  readonly target: string
}

/** Where a request goes, or why it does not; pure, and closed by default for Copilot. */
export function decideRoute(request: RouteRequest): Route {
  if (request.method === 'TRACE') return refuse('method_not_forwarded')
  const target = request.target.replace(/^\/\/+/, '/')
  if (!target.startsWith('/')) return refuse('bad_request_target')
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  if (isAmbiguousPath(path, request.provider.dialect)) return refuse('bad_request_target')
  if (request.provider.id === 'copilot') return decideCopilotRoute({ ...request, target }, path)
  return { kind: 'forward', to: 'api', path: stripClientBase(target, deriveClientBase(request.provider)) }
}

// A credential is bound to scheme, host, port and path prefix: what could leave the prefix upstream is refused here.
function isAmbiguousPath(path: string, dialect: ApiDialect): boolean {
  const read = dialect === 'bedrock' ? path.replace(MODEL_ARN, readArn) : path
  return /(^|\/)(\.|%2e){1,2}(\/|$)|%2f|%5c|\\|%00/i.test(read)
}

/** Inference profiles and imported models are named by an ARN, whose slash the AWS SDKs encode. */
const MODEL_ARN = /^\/model\/arn(?::|%3a)[^/]+/i

// With its slashes read as such, the ARN is judged like any other part of a path.
function readArn(arn: string): string {
  return arn.replaceAll(/%2f/gi, '/')
}

/**
 * What clients put before the path although the upstream's base path has it already. Azure clients add `/openai/v1` themselves,
 * and its documentation gives base URLs with and without it.
 */
function deriveClientBase({ id, dialect, upstream }: RouteRequest['provider']): string {
  if (dialect !== 'azure') return PROVIDERS[id].clientBasePath
  return /\/openai(\/v1)?$/i.exec(upstream.basePath)?.[0] ?? ''
}

function stripClientBase(target: string, base: string): string {
  if (base === '' || !target.startsWith(base)) return target
  const rest = target.slice(base.length)
  if (rest === '') return '/'
  return rest.startsWith('/') || rest.startsWith('?') ? rest : target
}

interface PathRule {
  readonly methods: readonly string[]
  readonly path: RegExp
}

// What Copilot CLI 1.0.6 to 1.0.102 asks its API for (measured). A WebSocket upgrade on /responses is a GET.
const LENT_API: readonly PathRule[] = [
  { methods: ['GET'], path: /^\/models(\/[^/]+)?$/ },
  { methods: ['POST'], path: /^\/models\/session(\/intent)?$/ },
  { methods: ['POST'], path: /^\/(auto|chat\/completions|embeddings)$/ },
  { methods: ['POST', 'GET'], path: /^\/responses$/ },
  { methods: ['POST'], path: /^\/v1\/messages(\/count_tokens)?$/ },
]

const LENT_REST: readonly PathRule[] = [
  { methods: ['GET', 'POST'], path: /^\/copilot_internal\/(?!.*token)[\w/-]+$/i },
  { methods: ['GET'], path: /^\/copilot\/mcp_registry$/ },
]

const AGENT_PATHS = /^\/(mcp|agents)(\/|$)/

function decideCopilotRoute(request: RouteRequest, path: string): Route {
  const isRest = /^\/copilot(_internal)?\//.test(path)
  const to = isRest ? 'rest' : 'api'
  if (request.routing === 'passthrough') return { kind: 'forward', to, path: request.target }
  if (AGENT_PATHS.test(path)) {
    return request.provider.allowMcp ? { kind: 'forward', to: 'api', path: request.target } : refuse('mcp_not_lent')
  }
  const rules = isRest ? LENT_REST : LENT_API
  const isLent = rules.some((rule) => rule.methods.includes(request.method) && rule.path.test(path))
  return isLent ? { kind: 'forward', to, path: request.target } : refuse('path_not_lent')
}

function refuse(code: RefusalCode): Route {
  return { kind: 'refuse', code }
}
