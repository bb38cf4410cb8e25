import type { ProbeRequest } from '../probes/probe.ts'
import { Secret } from '../secret.ts'
import type { HeaderValue, JsonField, TokenBody, TokenRequest } from './token-step.ts'

/**
 * Makes a request sendable: the only place where the secrets of a source become text. What it returns must go to the socket
 * and nowhere else.
 */
export function renderTokenRequest(request: TokenRequest): ProbeRequest {
  const { method, upstream } = request
  const headers = request.headers.map(([name, value]) => [name, renderHeader(value)] as const)
  const path = renderText(request.path)
  const body = renderBody(request.body)
  return body === undefined ? { method, upstream, path, headers } : { method, upstream, path, headers, body }
}

function renderHeader(value: HeaderValue): string {
  return typeof value === 'string' ? value : `${value.scheme} ${value.secret.reveal()}`
}

function renderText(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal()
}

function renderBody(body: TokenBody): string | undefined {
  switch (body.kind) {
    case 'none':
      return undefined
    case 'form':
      return new URLSearchParams(
        body.fields.map(([name, value]) => [name, renderText(value)] as [string, string]),
      ).toString()
    case 'json':
      return JSON.stringify(Object.fromEntries(body.fields.map(renderField)))
  }
}

function renderField([name, value]: JsonField): [string, unknown] {
  return [name, value instanceof Secret ? value.reveal() : value]
}
