import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsKeys } from '../../core/credentials/aws-keys.ts'
import { renderAuthority, type Upstream } from '../../core/upstream.ts'

export interface RequestToSign {
  readonly method: string
  readonly upstream: Upstream
  /** As on the wire, with query. */
  readonly target: string
  /** Flat list; what a client signed with its own keys is removed. */
  readonly headers: readonly string[]
  readonly body: Buffer | null
  readonly keys: AwsKeys
  readonly region: string
}

/** Bedrock's runtime and control plane are both scoped to this service (AWS documentation). */
const SERVICE = 'bedrock'
const OWN = /^(authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256)$/i
const SIGNED = /^(content-type|x-amz-.*|x-amzn-.*)$/i

/** Signs a request with SigV4. @returns its headers as a flat list, without Host. */
export async function signRequest(request: RequestToSign): Promise<string[]> {
  const { keys, upstream } = request
  const kept = keepPairs(request.headers, (name) => !OWN.test(name))
  const [path = '/', query = ''] = splitTarget(request.target)
  const signer = new SignatureV4({ service: SERVICE, region: request.region, sha256: NodeSha256, credentials: keys })
  const signed = await signer.sign({
    method: request.method,
    protocol: `${upstream.scheme}:`,
    hostname: upstream.hostname,
    port: upstream.port,
    path,
    query: parseQuery(query),
    headers: { host: renderAuthority(upstream), ...toRecord(keepPairs(kept, (name) => SIGNED.test(name))) },
    body: request.body ?? '',
  })
  const added = Object.entries(signed.headers).filter(([name]) => OWN.test(name))
  return [...kept, ...added.flat()]
}

function keepPairs(flat: readonly string[], isKept: (name: string) => boolean): string[] {
  return flat.filter((_, index) => isKept(flat[index - (index % 2)] ?? ''))
}

function toRecord(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {}
  for (let index = 0; index + 1 < flat.length; index += 2)
    record[(flat[index] ?? '').toLowerCase()] = flat[index + 1] ?? ''
  return record
}

function splitTarget(target: string): readonly string[] {
  const mark = target.indexOf('?')
  return mark < 0 ? [target] : [target.slice(0, mark), target.slice(mark + 1)]
}

function parseQuery(query: string): Record<string, string[]> {
  const parameters = new Map<string, string[]>()
  for (const [name, value] of new URLSearchParams(query.replaceAll('+', '%2B'))) {
    parameters.set(name, [...(parameters.get(name) ?? []), value])
  }
  return Object.fromEntries(parameters)
}

/** The hash of the platform in the shape that the signer asks for. */
class NodeSha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', toBytes(secret))
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data))
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()))
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data)
}
