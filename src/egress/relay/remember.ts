export interface Remembered<Question, Answer> {
  /** Questions with the same key have the same answer. */
  readonly key: (question: Question) => string
  readonly derive: (question: Question) => Answer
  /** Whether an answer is worth its place; without it every one is. */
  readonly isKept?: (answer: Answer) => boolean
}

/**
 * Answers that do not change, derived once. When there are too many it begins anew: whoever asks something else each time costs
 * bounded memory.
 */
export function remember<Question, Answer>(
  most: number,
  { key, derive, isKept = () => true }: Remembered<Question, Answer>,
): (question: Question) => Answer {
  const known = new Map<string, Answer>()
  return (question) => {
    const name = key(question)
    const before = known.get(name)
    if (before !== undefined) return before
    const answer = derive(question)
    if (!isKept(answer)) return answer
    if (known.size === most) known.clear()
    known.set(name, answer)
    return answer
  }
}
