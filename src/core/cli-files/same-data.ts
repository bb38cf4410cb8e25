/** True when two parsed documents hold the same data; the order of keys does not count. */
export function isSameData(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (left instanceof Date || right instanceof Date) return String(left) === String(right)
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const leftKeys = Object.keys(left)
  if (leftKeys.length !== Object.keys(right).length) return false
  return leftKeys.every(
    (key) => Object.hasOwn(right, key) && isSameData(Reflect.get(left, key), Reflect.get(right, key)),
  )
}
