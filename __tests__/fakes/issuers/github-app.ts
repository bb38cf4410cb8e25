import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import {
  type FakeAnswer,
  type FakeRequest,
  type FakeService,
  isObject,
  type JsonObject,
  json,
  parseBody,
} from '../exchange.ts'
import { renderExpiryInstant, type TokenLedger } from './token-ledger.ts'

export interface GithubAppOptions {
  /** PEM of the App's public key. */
  readonly publicKey: string
  readonly appId: string
  readonly installationId: string
  readonly tokens: TokenLedger
  /** `/api/v3` on GHES. */
  readonly restPrefix?: string
}

/** `POST /app/installations/<id>/access_tokens`: checks the App's RS256 signature and gives installation tokens. */
export function createGithubApp(options: GithubAppOptions): FakeService {
  const key = createPublicKey(options.publicKey)
  const path = `${options.restPrefix ?? ''}/app/installations/${options.installationId}/access_tokens`
  return {
    answer: (request) => {
      const fault = findFault(request, key, options.appId)
      if (fault !== undefined) return json(401, { message: fault, status: '401' })
      if (request.method !== 'POST' || request.path !== path) return json(404, { message: 'Not Found', status: '404' })
      return issue(parseBody(request), options.tokens)
    },
  }
}

function issue({ permissions }: JsonObject, tokens: TokenLedger): FakeAnswer {
  if (!isObject(permissions) || permissions.copilot_requests !== 'write') {
    return json(422, { message: 'The permissions requested are not granted to this installation.', status: '422' })
  }
  const issued = tokens.issue((random) => `ghs_${random.slice(0, 36)}`)
  const body = {
    token: issued.token,
    expires_at: renderExpiryInstant(issued),
    permissions,
    repository_selection: 'all',
  }
  return json(201, body)
}

function findFault(request: FakeRequest, key: KeyObject, appId: string): string | undefined {
  const token = /^Bearer (.+)$/.exec(request.header('authorization') ?? '')?.[1] ?? ''
  const [head = '', body = '', signature = ''] = token.split('.')
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))
  if (!isSigned || parsePart(head).alg !== 'RS256') return 'A JSON web token could not be decoded'
  const claims = parsePart(body)
  const now = Math.floor(Date.now() / 1000)
  if (Number(claims.iat) > now)
    return "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
  if (Number(claims.exp) > now + 600) return "'Expiration time' claim ('exp') is too far in the future"
  if (Number(claims.exp) <= now) return "'Expiration time' claim ('exp') must be a numeric value in the future"
  return String(claims.iss) === appId ? undefined : 'Integration not found'
}

function parsePart(part: string): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
  return isObject(value) ? value : {}
}
