/** A place in a {@link SlotList}; -1 when it is in none. */
export interface Slotted {
  slot: number
}

/**
 * What comes and goes thousands of times a second. A Set would do, but V8 makes it a new table every few changes, each dead table refers
 * to the next one, and once one of them is old the collector of the young keeps all that follow, with everything in them: 3 KiB for
 * each tunnel until the next whole collection.
 */
export class SlotList<T extends Slotted> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: T): void {
    item.slot = this.#items.push(item) - 1
  }

  /** Returns false when it is in no list any more. */
  delete(item: T): boolean {
    const { slot } = item
    if (slot < 0) return false
    item.slot = -1
    const last = this.#items.pop()
    if (last !== undefined && last !== item) {
      last.slot = slot
      this.#items[slot] = last
    }
    return true
  }

  /** What is in it now, in no order. */
  list(): readonly T[] {
    return [...this.#items]
  }
}
