import { parseJsonBytes } from './parse-json-bytes.ts'

/**
 * Steps over JSON text in bytes without building values. Every function takes and returns an index; -1 means that the text
 * ends (or stops being JSON) before the thing does. Strings are honoured, so a brace or a name inside one never counts.
 */
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COLON = 0x3a
const COMMA = 0x2c

/** From any place between tokens to the next byte that is not white space; may be the length of `bytes`. */
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (isSpace(bytes[at])) at += 1
  return at
}

/** From an opening quote to behind the closing one. */
function skipString(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === BACKSLASH) at += 1
    else if (byte === QUOTE) return at + 1
  }
  return -1
}

/** From the first byte of any value to behind it. A number or word that the text's end cuts off gives -1 as well. */
export function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from]
  if (first === QUOTE) return skipString(bytes, from)
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return skipNested(bytes, from)
  let at = from
  while (at < bytes.length && !endsWord(bytes[at])) at += 1
  return at === bytes.length || at === from ? -1 : at
}

/**
 * Depth at the end of the text relative to `from`, which stands between tokens: -1 behind the last member of the outermost
 * value. Undefined when the text ends inside a string.
 */
export function measureDepth(bytes: Uint8Array, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = skipString(bytes, at) - 1
      if (at < 0) return undefined
    } else depth += deriveStep(byte)
  }
  return depth
}

/**
 * The text of the first member of this name in the outermost object, where it is a string. Reads only as far as needed, so
 * a text that is cut off behind it will do.
 */
export function findTopLevelString(bytes: Uint8Array, name: string): string | undefined {
  let at = skipSpace(bytes, 0)
  if (bytes[at] !== OPEN_BRACE) return undefined
  do {
    const key = skipSpace(bytes, at + 1)
    const keyEnd = bytes[key] === QUOTE ? skipString(bytes, key) : -1
    const colon = keyEnd === -1 ? -1 : skipSpace(bytes, keyEnd)
    if (bytes[colon] !== COLON) return undefined
    const value = skipSpace(bytes, colon + 1)
    const valueEnd = skipValue(bytes, value)
    if (valueEnd === -1) return undefined
    if (isNamed(bytes.subarray(key, keyEnd), name)) return parseString(bytes.subarray(value, valueEnd))
    at = skipSpace(bytes, valueEnd)
  } while (bytes[at] === COMMA)
  return undefined
}

/** Whether a quoted key is this name; hardly any key is, so it is compared before it is decoded. */
function isNamed(quoted: Uint8Array, name: string): boolean {
  if (quoted.includes(BACKSLASH)) return parseString(quoted) === name
  if (quoted.length !== name.length + 2) return false
  for (let index = 0; index < name.length; index += 1) if (quoted[index + 1] !== name.charCodeAt(index)) return false
  return true
}

function skipNested(bytes: Uint8Array, from: number): number {
  let depth = 0
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === QUOTE) {
      at = skipString(bytes, at) - 1
      if (at < 0) return -1
    } else depth += deriveStep(byte)
    if (depth === 0) return at + 1
  }
  return -1
}

function deriveStep(byte: number | undefined): number {
  if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return 1
  return byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? -1 : 0
}

function parseString(bytes: Uint8Array): string | undefined {
  const value = parseJsonBytes(bytes)
  return typeof value === 'string' ? value : undefined
}

function endsWord(byte: number | undefined): boolean {
  return byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || isSpace(byte)
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}
