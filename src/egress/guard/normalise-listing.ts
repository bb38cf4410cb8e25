/**
 * The rules of an answer of `nft -j list table`, without what changes by itself: handles, counters, and the elements of the sets that
 * packets fill. Two answers are of the same rules when this text is the same. '' where the answer cannot be read.
 */
export function normaliseListing(listing: string): string {
  try {
    const { nftables } = JSON.parse(listing) as { readonly nftables: readonly object[] }
    return JSON.stringify(
      nftables.filter((entry) => !('metainfo' in entry)),
      (key, value) => (CHANGING.includes(key) ? undefined : value),
    )
  } catch {
    return ''
  }
}

const CHANGING = ['handle', 'elem', 'packets', 'bytes']
