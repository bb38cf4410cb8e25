import type { Dice } from './dice.ts'

type Mutation = (bytes: Buffer, dice: Dice, others: MutationStock) => Buffer

/** What mutations may take from. */
export interface MutationStock {
  readonly words: readonly (string | Buffer)[]
  readonly inputs: readonly Buffer[]
}

const NUMBERS = [
  '0',
  '-1',
  '1',
  '00',
  '007',
  '127',
  '255',
  '256',
  '65535',
  '65536',
  '4294967296',
  '9007199254740993',
  '1e9',
  '0x10',
]
const BYTES = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x3b, 0x5c, 0x7f, 0x80, 0xa0, 0xc0, 0xe2, 0xff]

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  (bytes, dice) => overwrite(bytes, dice, Buffer.from([dice.pick(BYTES)])),
  (bytes, dice) => overwrite(bytes, dice, Buffer.from([dice.below(256)])),
  (bytes, dice) =>
    overwrite(
      bytes,
      dice,
      Buffer.from(
        dice.pick([
          [0, 0],
          [0, 1],
          [0xff, 0xff],
          [0x7f, 0xff],
          [0x80, 0],
        ]),
      ),
    ),
  (bytes, dice) => insert(bytes, dice, Buffer.from([dice.pick(BYTES)])),
  (bytes, dice) => insert(bytes, dice, dice.bytes(1 + dice.below(8))),
  (bytes, dice, { words }) => (words.length === 0 ? bytes : insert(bytes, dice, toBytes(dice.pick(words)))),
  (bytes, dice, { words }) => (words.length === 0 ? bytes : overwrite(bytes, dice, toBytes(dice.pick(words)))),
  removeRange,
  duplicateRange,
  swapRanges,
  truncate,
  replaceNumber,
  splice,
]

const toBytes = (word: string | Buffer): Buffer => (typeof word === 'string' ? Buffer.from(word) : word)

/** One to a handful of changes. */
export function mutate(bytes: Buffer, dice: Dice, stock: MutationStock): Buffer {
  let changed = Buffer.from(bytes)
  do changed = Buffer.from(dice.pick(MUTATIONS)(changed, dice, stock))
  while (!dice.chance(2))
  return changed
}

function flipBit(bytes: Buffer, dice: Dice): Buffer {
  const at = dice.below(bytes.length)
  if (bytes.length > 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
  return bytes
}

function overwrite(bytes: Buffer, dice: Dice, part: Buffer): Buffer {
  const at = dice.below(bytes.length)
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(Math.min(bytes.length, at + part.length))])
}

function insert(bytes: Buffer, dice: Dice, part: Buffer): Buffer {
  const at = dice.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)])
}

function chooseRange(bytes: Buffer, dice: Dice): readonly [start: number, end: number] {
  const start = dice.below(bytes.length)
  const most = bytes.length - start
  return [start, start + Math.min(most, 1 + dice.below(dice.chance(2) ? 8 : most))]
}

function removeRange(bytes: Buffer, dice: Dice): Buffer {
  const [start, end] = chooseRange(bytes, dice)
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)])
}

function duplicateRange(bytes: Buffer, dice: Dice): Buffer {
  const [start, end] = chooseRange(bytes, dice)
  const copies = Array.from({ length: dice.chance(8) ? 1 + dice.below(40) : 1 }, () => bytes.subarray(start, end))
  return Buffer.concat([bytes.subarray(0, end), ...copies, bytes.subarray(end)])
}

function swapRanges(bytes: Buffer, dice: Dice): Buffer {
  const [start, end] = chooseRange(bytes, dice)
  const moved = bytes.subarray(start, end)
  return insert(Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]), dice, Buffer.from(moved))
}

function truncate(bytes: Buffer, dice: Dice): Buffer {
  return bytes.subarray(0, dice.below(bytes.length + 1))
}

function replaceNumber(bytes: Buffer, dice: Dice): Buffer {
  const text = bytes.toString('latin1')
  const found = [...text.matchAll(/\d+/g)]
  if (found.length === 0) return bytes
  const match = dice.pick(found)
  const value = Number(match[0])
  const next = dice.chance(2) ? dice.pick(NUMBERS) : String(value + dice.pick([-1, 1, 2, 10]))
  return Buffer.from(text.slice(0, match.index) + next + text.slice(match.index + match[0].length), 'latin1')
}

/** The beginning of one input with the end of another. */
function splice(bytes: Buffer, dice: Dice, { inputs }: MutationStock): Buffer {
  if (inputs.length === 0) return bytes
  const other = dice.pick(inputs)
  return Buffer.concat([bytes.subarray(0, dice.below(bytes.length + 1)), other.subarray(dice.below(other.length + 1))])
}
