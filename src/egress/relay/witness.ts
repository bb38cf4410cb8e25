import type { ReplyChannel } from './reply-channel.ts'

/** Whoever keeps the log, as the relay sees it: it alone can tell which program holds a client's socket, and needs a moment for it. */
export interface Witness {
  /**
   * Tells it of a client that has just come.
   * @param inode of the client's socket
   * @returns waits until the program has been found, or until that has taken too long
   */
  tell(inode: number): () => Promise<void>
}

/** A refusal is for somebody who waits; a witness that is busy costs it no more than this. */
const LONGEST_WAIT_MS = 250
/** Beyond it the oldest are taken as seen: a witness that never answers costs no memory. */
const MOST_WAITING = 4096

/** A witness at the other end of the channel; over one that goes one way it is told, and nobody waits for it. */
export function createWitness(replies: ReplyChannel): Witness {
  const waiting = new Map<number, PromiseWithResolvers<void>>()
  const onSeen = (inode: number | undefined): void => {
    if (inode === undefined) return
    waiting.get(inode)?.resolve()
    waiting.delete(inode)
  }
  const isAnswered = replies.listen((line) => onSeen(Number(line)))
  return {
    tell(inode) {
      replies.send({ kind: 'opened', inode })
      if (!isAnswered) return () => Promise.resolve()
      if (waiting.size >= MOST_WAITING) onSeen(waiting.keys().next().value)
      const seen = Promise.withResolvers<void>()
      waiting.set(inode, seen)
      return () => limit(seen.promise)
    },
  }
}

async function limit(seen: Promise<void>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, LONGEST_WAIT_MS)
  await Promise.race([seen, promise])
  clearTimeout(timer)
}
