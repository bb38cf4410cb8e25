import { findTopLevelString } from './json-scan.ts'
import { parseModelName } from './model-name.ts'

/** How much of a request body is read for its model; clients write it first or behind a few short members. */
export const MODEL_HEAD_BYTES = 16 * 1024

const PATHS = [
  /\/models\/([^/:]+(?:%3A[^/:]*)?):\w+$/i, // Google, and Anthropic on Vertex: …/models/<model>:streamRawPredict
  /\/deployments\/([^/]+)\//, // Azure: /openai/deployments/<name>/chat/completions
  /\/model\/([^/]+)\/(?:invoke|converse)/, // Bedrock
] as const

/**
 * The model that a request asks for: from the path where the API puts it there, else the top-level `model` of the JSON body.
 * @param head the first bytes of the body (decoded); more than {@link MODEL_HEAD_BYTES} is not looked at.
 * @param path the request's path; a query is ignored.
 * @returns undefined when there is none, or when it is no name that may be printed.
 */
export function findModel(head: Uint8Array, path: string): string | undefined {
  return findInPath(path) ?? parseModelName(findTopLevelString(head.subarray(0, MODEL_HEAD_BYTES), 'model'))
}

function findInPath(path: string): string | undefined {
  const bare = path.split('?', 1)[0] ?? ''
  for (const pattern of PATHS) {
    const name = pattern.exec(bare)?.[1]
    if (name !== undefined) return parseModelName(decodeSegment(name))
  }
  return undefined
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
