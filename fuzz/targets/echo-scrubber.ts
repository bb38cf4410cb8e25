import { EchoNeedles } from '../../src/sidecar/worker/echo-needles.ts'
import { createEchoScrubber, type EchoScrubber, HELD_FROM } from '../../src/sidecar/worker/echo-scrubber.ts'
import { cutBytes } from '../engine/dice.ts'
import { demand, demandEqual, type Target } from '../engine/target.ts'
import { ALL_SPELLINGS, findAnySpelling, generateEcho, listSpellings, SECRETS } from './secret-words.ts'

export type CreateEchoScrubber = (needles: EchoNeedles) => EchoScrubber

const NEEDLES = SECRETS.map((secret) => createNeedles(secret))
const ALL_NEEDLES = createNeedles(...SECRETS)

function createNeedles(...secrets: readonly string[]): EchoNeedles {
  const needles = EchoNeedles.create(secrets)
  if (needles === undefined) throw new Error('There is nothing to look for')
  return needles
}

/** Bodies of answers that echo what the upstream was lent. */
export function createEchoScrubberTarget(create: CreateEchoScrubber = createEchoScrubber): Target {
  return {
    name: 'echo-scrubber',
    reads: 'bodies of answers that may hold a credential',
    seeds: [Buffer.from('nothing to see'), ...SECRETS.map((secret) => Buffer.from(`{"error":"Bad key ${secret}"}`))],
    words: [...SECRETS, ...ALL_SPELLINGS.slice(0, 60)],
    generate: generateEcho,
    mustReach: ['clean', 'scrubbed', 'held'],
    check: (input, dice) => {
      const one = dice.below(SECRETS.length + 1)
      const secrets = one === SECRETS.length ? SECRETS : SECRETS.slice(one, one + 1)
      const scrubber = create(NEEDLES[one] ?? ALL_NEEDLES)
      // What is given out is valid until the next call.
      const sent = cutBytes(input, dice).map((piece) => Buffer.from(scrubber.push(piece)))
      const isHolding = scrubber.isHolding
      const held = Buffer.from(scrubber.end())
      const output = Buffer.concat([...sent, held])
      checkOutput(input, output, secrets)
      demand(!scrubber.isHolding, 'nothing is held back in the end')
      return isHolding ? 'held' : output.equals(input) ? 'clean' : 'scrubbed'
    },
  }
}

/** No spelling comes out, lengths stay, and bytes that belong to none stand as they stood. */
export function checkOutput(input: Buffer, output: Buffer, secrets: readonly string[]): void {
  demandEqual(output.length, input.length, 'what comes out is as long as what came in')
  const [text, before] = [output.toString('latin1'), input.toString('latin1')]
  demandEqual(findAnySpelling(text, secrets), undefined, 'no spelling of a secret comes out')
  const spellings = listSpellings(secrets)
  const isSuspect = spellings.some((spelled) => before.includes(spelled) || endsInBeginning(before, spelled))
  if (!isSuspect) demandEqual(text, before, 'what holds no secret stays as it is')
  for (let at = 0; at < input.length; at += 1) {
    demand(output[at] === input[at] || output[at] === 0x2a, 'a byte is the same or overwritten')
  }
}

function endsInBeginning(text: string, spelled: string): boolean {
  for (let length = HELD_FROM; length < spelled.length; length += 1)
    if (text.endsWith(spelled.slice(0, length))) return true
  return false
}
