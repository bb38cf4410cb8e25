/**
 * The public suffix list as tldts ships it: a trie of labels from the right, in flat arrays. Its public interface answers only
 * for one name; whether suffixes lie below a name can be read from the data alone.
 */
declare module 'tldts/dist/cjs/src/data/trie.js' {
  /** Per node: 1 = rule of the ICANN part, 2 = rule of the private part. */
  export const nodeFlags: Uint8Array
  /** Node → its first edge; the next node's entry ends the list. */
  export const edgeStart: Uint16Array
  /** Edge → length of its label in `labelText`, where labels follow each other in the order of edges. */
  export const edgeLength: Uint8Array
  /** Edge → node it leads to. */
  export const edgeChild: Uint16Array
  export const labelText: string
  export const rulesRoot: number
  export const exceptionsRoot: number
}
