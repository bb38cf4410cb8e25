import {
  edgeChild,
  edgeLength,
  edgeStart,
  exceptionsRoot,
  labelText,
  nodeFlags,
  rulesRoot,
} from 'tldts/dist/cjs/src/data/trie.js'
import type { Hostname } from '../hostname.ts'

/** `registry`: a suffix of a domain registry (`co.uk`). `shared`: of a service whose customers get names (`github.io`). */
export type SuffixKind = 'registry' | 'shared'

const REGISTRY_FLAG = 1
const SHARED_FLAG = 2

/** Where each label begins in the text of all labels; summed up at the first question, never in a run without wildcards. */
let offsets: Uint32Array | undefined

/**
 * Tells whether strangers can get names directly below this one, after the public suffix list with its private part. A last
 * label that the list does not have counts as a registry's, as the list itself says.
 */
export function findPublicSuffix(name: Hostname): SuffixKind | undefined {
  const labels = name.split('.').reverse()
  const exception = walkTrie(exceptionsRoot, labels)
  if (exception !== undefined && (nodeFlags[exception] ?? 0) !== 0) return undefined
  const node = walkTrie(rulesRoot, labels)
  const flag = node === undefined ? 0 : (nodeFlags[node] ?? 0)
  if (flag !== 0) return (flag & REGISTRY_FLAG) === 0 ? 'shared' : 'registry'
  return labels.length === 1 ? 'registry' : undefined
}

/**
 * A shared suffix below this name, so that a wildcard over the name would open it too: `blob.core.windows.net` below
 * `windows.net`.
 */
export function findSharedSuffixBelow(name: Hostname): string | undefined {
  const node = walkTrie(rulesRoot, name.split('.').reverse())
  return node === undefined ? undefined : findSharedBelow(node, name)
}

function findSharedBelow(node: number, name: string): string | undefined {
  for (let edge = edgeStart[node] ?? 0; edge < (edgeStart[node + 1] ?? 0); edge++) {
    const child = edgeChild[edge] ?? 0
    const label = readLabel(edge)
    // A rule `*.x` is about all names below x: x itself is the zone.
    const below = label === '*' ? name : `${label}.${name}`
    if (((nodeFlags[child] ?? 0) & SHARED_FLAG) !== 0) return below
    const deeper = findSharedBelow(child, below)
    if (deeper !== undefined) return deeper
  }
  return undefined
}

/** Follows labels from the right; the node of the whole name, where an exact label is preferred to `*`. */
function walkTrie(root: number, labels: readonly string[]): number | undefined {
  let node: number | undefined = root
  for (const label of labels) {
    const edge: number | undefined = findEdge(node, label) ?? findEdge(node, '*')
    if (edge === undefined) return undefined
    node = edgeChild[edge] ?? 0
  }
  return node
}

function findEdge(node: number, label: string): number | undefined {
  for (let edge = edgeStart[node] ?? 0; edge < (edgeStart[node + 1] ?? 0); edge++) {
    if (edgeLength[edge] === label.length && readLabel(edge) === label) return edge
  }
  return undefined
}

function readLabel(edge: number): string {
  offsets ??= sumUp(edgeLength)
  const start = offsets[edge] ?? 0
  return labelText.slice(start, start + (edgeLength[edge] ?? 0))
}

// A plain loop: this runs once, cold, and an iterator over ten thousand entries would take several times as long.
function sumUp(lengths: Uint8Array): Uint32Array {
  const starts = new Uint32Array(lengths.length)
  for (let edge = 1; edge < starts.length; edge++) starts[edge] = (starts[edge - 1] ?? 0) + (lengths[edge - 1] ?? 0)
  return starts
}
