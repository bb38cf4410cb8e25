import { createHash, createHmac } from 'node:crypto'
import type { FakeRequest } from '../exchange.ts'
import type { AwsKeyPair } from './aws-sts.ts'

/** Why a signature is not accepted, in the words AWS has for it. */
export interface SignatureFault {
  readonly type:
    | 'MissingAuthenticationToken'
    | 'IncompleteSignature'
    | 'InvalidSignatureException'
    | 'UnrecognizedClientException'
  readonly message: string
}

export interface SignatureRules {
  readonly region: string
  readonly service: string
  readonly find: (accessKeyId: string) => AwsKeyPair | undefined
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

/** Headers whose change would change what the request does; a signature that leaves one out proves nothing. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-security-token']

/** Recomputes Signature Version 4 from the request as it arrived; undefined when it is the one that was sent. */
export function findSignatureFault(request: FakeRequest, rules: SignatureRules): SignatureFault | undefined {
  const header = request.header('authorization')
  if (header === undefined) return { type: 'MissingAuthenticationToken', message: 'Missing Authentication Token' }
  const match = AUTHORIZATION.exec(header)
  if (match === null) return { type: 'IncompleteSignature', message: 'Authorization header is not well formed' }
  const [, id = '', day = '', region = '', service = '', signed = '', signature = ''] = match
  const keys = rules.find(id)
  if (keys === undefined || keys.sessionToken !== request.header('x-amz-security-token')) {
    return { type: 'UnrecognizedClientException', message: 'The security token included in the request is invalid.' }
  }
  const names = signed.split(';')
  const scope = { id, day, region, service, names }
  const fault = findScopeFault(request, scope, rules) ?? findPayloadFault(request)
  if (fault !== undefined) return invalid(fault)
  const date = request.header('x-amz-date') ?? ''
  const expected = deriveSignature({ ...request, date }, keys.secretAccessKey, scope)
  return expected === signature ? undefined : invalid('The request signature we calculated does not match.')
}

interface Scope {
  readonly day: string
  readonly region: string
  readonly service: string
  readonly names: readonly string[]
}

function invalid(message: string): SignatureFault {
  return { type: 'InvalidSignatureException', message }
}

function findScopeFault(request: FakeRequest, scope: Scope, rules: SignatureRules): string | undefined {
  const date = request.header('x-amz-date') ?? ''
  if (scope.region !== rules.region || scope.service !== rules.service) {
    return `Credential should be scoped to ${rules.region}/${rules.service}.`
  }
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(scope.day)) return 'The date of the credential scope is wrong.'
  const at = Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'))
  if (Math.abs(Date.now() - at) > 300_000) return `Signature expired: ${date} is now earlier.`
  const forgotten = MUST_BE_SIGNED.find((name) => !scope.names.includes(name))
  return forgotten === undefined ? undefined : `${forgotten} is not signed.`
}

function findPayloadFault(request: FakeRequest): string | undefined {
  const claimed = request.header('x-amz-content-sha256')
  return claimed === undefined || claimed === sha256(request.body)
    ? undefined
    : 'x-amz-content-sha256 does not fit the body.'
}

type SignedRequest = Pick<FakeRequest, 'method' | 'target' | 'rawHeaders' | 'body'> & { readonly date: string }

/** The signature that such a request must carry. */
export function deriveSignature(
  request: SignedRequest,
  secret: string,
  { day, region, service, names }: Scope,
): string {
  const canonical = [
    request.method,
    canonicalPath(request.target),
    canonicalQuery(request.target),
    ...names.map((name) => `${name}:${canonicalValue(request, name)}`),
    '',
    names.join(';'),
    sha256(request.body),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', request.date, scope, sha256(canonical)].join('\n')
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`)
  return hmac(key, toSign).toString('hex')
}

// Every service but S3 encodes the path as it stands on the wire once more.
function canonicalPath(target: string): string {
  return (target.split('?')[0] ?? '').split('/').map(encode).join('/')
}

function canonicalQuery(target: string): string {
  const mark = target.indexOf('?')
  if (mark < 0 || mark === target.length - 1) return ''
  return target
    .slice(mark + 1)
    .split('&')
    .map((part) => {
      const [name = '', ...value] = part.split('=')
      return `${encode(decodeURIComponent(name))}=${encode(decodeURIComponent(value.join('=')))}`
    })
    .sort()
    .join('&')
}

function canonicalValue({ rawHeaders }: Pick<FakeRequest, 'rawHeaders'>, name: string): string {
  const values = rawHeaders.flatMap((text, index) =>
    index % 2 === 0 && text.toLowerCase() === name ? [(rawHeaders[index + 1] ?? '').trim().replace(/ +/g, ' ')] : [],
  )
  return values.join(',')
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

function sha256(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
