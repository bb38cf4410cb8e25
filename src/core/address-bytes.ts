/** The 4 or 16 bytes of an address that `isIP` accepts, without a zone; the last 32 bits of IPv6 may be written with dots. */
export function parseAddressBytes(address: string): number[] {
  if (!address.includes(':')) return address.split('.').map(Number)
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = readGroups(head)
  const right = tail === undefined ? [] : readGroups(tail)
  return tail === undefined ? left : [...left, ...Array<number>(16 - left.length - right.length).fill(0), ...right]
}

function readGroups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** The canonical text of 4 or 16 bytes. */
export function renderAddressBytes(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0)).toString(16),
  )
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1)
}
