import { findModel } from '../../core/usage/find-model.ts'
import type { RequestBody } from './request-body.ts'

const EMPTY = new Uint8Array(0)

/** The model a request names, from its path or the head of a held body. A streamed body is not looked into. */
export function findRequestModel(body: RequestBody, path: string): string | undefined {
  return findModel(Buffer.isBuffer(body) ? body : EMPTY, path)
}
