/** Between the runner and the thread that fuzzes one target. */
export interface FuzzOrder {
  readonly target: string
  readonly seed: number
  readonly seconds: number
  readonly inputs: number | undefined
  /** Number of the input under way, its length, and from {@link INPUT_AT} on its bytes. */
  readonly progress: SharedArrayBuffer
}

export interface FuzzReport {
  readonly executions: number
  readonly ms: number
  readonly words: readonly (readonly [word: string, count: number])[]
  /** Words that every run should come across and this one did not. */
  readonly missed: readonly string[]
  /** MiB of the heap, after a quarter of the time and at the end. */
  readonly heap: readonly [early: number, late: number]
  readonly failure: string | undefined
}

export const INPUT_AT = 8
export const PROGRESS_BYTES = INPUT_AT + 256 * 1024
