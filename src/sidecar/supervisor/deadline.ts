/**
 * A moment that can only come nearer, at which `onDue` is called. The result brings it to `withinMs` from now and says whether that
 * is earlier than it was: who asks again and again must not put it off.
 */
export function createDeadline(now: () => number, onDue: () => void): (withinMs: number) => boolean {
  let dueAt = Number.POSITIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  return (withinMs) => {
    if (now() + withinMs >= dueAt) return false
    dueAt = now() + withinMs
    clearTimeout(timer)
    timer = setTimeout(onDue, withinMs).unref()
    return true
  }
}
