import type { EchoNeedles } from '../../src/sidecar/worker/echo-needles.ts'
import { EchoNeedles as Needles } from '../../src/sidecar/worker/echo-needles.ts'
import { createFrameScrubber, type FrameScrubber } from '../../src/sidecar/worker/frame-scrubber.ts'
import { cutBytes } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { ALL_SPELLINGS, findAnySpelling, generateEcho, SECRETS } from './secret-words.ts'
import { generateFrames, listFrames, renderAnyFrame } from './socket-frames.ts'

export type CreateFrameScrubber = (needles: EchoNeedles | undefined) => FrameScrubber

const NEEDLES = Needles.create(SECRETS)

/** Messages of an upstream over a WebSocket, in which it may echo what it was lent. */
export function createFrameScrubberTarget(create: CreateFrameScrubber = createFrameScrubber): Target {
  return {
    name: 'frame-scrubber',
    reads: 'WebSocket messages that may hold a credential',
    seeds: [
      renderAnyFrame({ opcode: 1, payload: Buffer.from(`a ${SECRETS[0]} b`), isFinal: true }),
      Buffer.concat([
        renderAnyFrame({ opcode: 1, payload: Buffer.from(`a ${SECRETS[1]?.slice(0, 9)}`), isFinal: false }),
        renderAnyFrame({ opcode: 9, payload: Buffer.from('ping'), isFinal: true }),
        renderAnyFrame({ opcode: 0, payload: Buffer.from(`${SECRETS[1]?.slice(9)} b`), isFinal: true }),
      ]),
    ],
    words: [
      ...SECRETS,
      ...ALL_SPELLINGS.slice(0, 20),
      Buffer.from([0x80, 5]),
      Buffer.from([1, 9]),
      Buffer.from([0x81, 0x7e, 1, 0]),
    ],
    generate: (dice) => generateFrames(dice, () => generateEcho(dice)),
    mustReach: ['clean', 'scrubbed', 'broken', 'waiting'],
    check: (input, dice) => {
      const whole = scrub(create(NEEDLES), [Buffer.from(input)])
      const cut = scrub(create(NEEDLES), cutBytes(input, dice))
      demandEqual(
        [cut.isBroken, cut.isBroken || cut.output.toString('latin1')],
        [whole.isBroken, whole.isBroken || whole.output.toString('latin1')],
        'what comes out is the same however the bytes are cut',
      )
      const bare = scrub(create(undefined), cutBytes(input, dice))
      demand(bare.output.equals(input), 'without a secret the bytes pass as they are')
      checkMessages(input, whole.output)
      checkMessages(input, cut.output)
      if (whole.isBroken) return 'broken'
      if (whole.output.length < input.length) return 'waiting'
      return whole.output.equals(input) ? 'clean' : 'scrubbed'
    },
  }
}

interface Scrubbed {
  readonly output: Buffer
  readonly isBroken: boolean
}

function scrub(scrubber: FrameScrubber, pieces: readonly Buffer[]): Scrubbed {
  const parts: Buffer[] = []
  for (const piece of pieces) {
    const part = scrubber.push(piece)
    if (part === undefined) return { output: Buffer.concat(parts), isBroken: true }
    parts.push(Buffer.from(part))
  }
  return { output: Buffer.concat(parts), isBroken: false }
}

/** Heads stay, payloads keep their place, and no message or control frame holds a spelling, however it is cut into frames. */
function checkMessages(input: Buffer, output: Buffer): void {
  let message = ''
  let at = 0
  for (const frame of listFrames(output)) {
    const isSameHead = output.subarray(at, frame.start).equals(input.subarray(at, frame.start))
    demand(isSameHead, 'the head of a frame stays as it is')
    at = frame.end
    const payload = output.toString('latin1', frame.start, frame.end)
    if (frame.opcode >= 8) checkClean(payload)
    else message += payload
    if (frame.opcode >= 8 || !frame.isFinal) continue
    checkClean(message)
    message = ''
  }
  checkClean(message)
  for (let index = 0; index < output.length; index += 1) {
    demand(output[index] === input[index] || output[index] === 0x2a, 'a byte is the same or overwritten')
  }
}

function checkClean(text: string): void {
  demandEqual(findAnySpelling(text), undefined, 'no spelling of a secret comes out')
}
