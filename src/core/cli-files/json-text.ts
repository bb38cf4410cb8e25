/**
 * Just enough of a reader for JSON with comments to edit one member in place. Positions are indexes into the text. Results of
 * edits are always checked by parsing, so this only has to be right for valid documents.
 */
export interface Member {
  readonly key: string
  readonly keyStart: number
  readonly valueStart: number
  readonly valueEnd: number
}

export interface ObjectText {
  /** Index after the opening brace. */
  readonly start: number
  readonly members: readonly Member[]
}

/** Parses JSON with line and block comments, as Gemini CLI does: comments yes, trailing commas no. Undefined when invalid. */
export function parseCommentedJson(text: string): unknown {
  try {
    return JSON.parse(blankComments(text))
  } catch {
    return undefined
  }
}

/** Reads the members of the object whose opening brace is the first token at or after `position`. */
export function readObject(text: string, position: number): ObjectText | undefined {
  const open = skipSpace(text, position)
  if (text[open] !== '{') return undefined
  const members: Member[] = []
  let at = skipSpace(text, open + 1)
  while (at < text.length && text[at] !== '}') {
    const member = readMember(text, at)
    if (member === undefined) return undefined
    members.push(member)
    at = skipSpace(text, member.valueEnd)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return text[at] === '}' ? { start: open + 1, members } : undefined
}

function readMember(text: string, at: number): Member | undefined {
  if (text[at] !== '"') return undefined
  const keyEnd = skipString(text, at)
  const colon = skipSpace(text, keyEnd)
  if (text[colon] !== ':') return undefined
  const valueStart = skipSpace(text, colon + 1)
  const valueEnd = skipValue(text, valueStart)
  if (valueEnd === valueStart) return undefined
  return { key: JSON.parse(text.slice(at, keyEnd)) as string, keyStart: at, valueStart, valueEnd }
}

/** Index of the first character at or after `at` that is neither white space nor in a comment. */
export function skipSpace(text: string, at: number): number {
  const gap = /(?:[\s\uFEFF]|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
  gap.lastIndex = at
  return at + (gap.exec(text)?.[0].length ?? 0)
}

function skipString(text: string, at: number): number {
  const string = /"(?:[^"\\]|\\.)*"/sy
  string.lastIndex = at
  return at + (string.exec(text)?.[0].length ?? 1)
}

function skipValue(text: string, start: number): number {
  let depth = 0
  let at = start
  while (at < text.length) {
    const character = text[at]
    if (character === '"') at = skipString(text, at)
    else if (character === '{' || character === '[') [depth, at] = [depth + 1, at + 1]
    else if (depth > 0 && (character === '}' || character === ']')) [depth, at] = [depth - 1, at + 1]
    else if (depth === 0) return skipLiteral(text, at)
    else at = Math.max(skipSpace(text, at), at + 1)
    if (depth === 0) return at
  }
  return at
}

function skipLiteral(text: string, at: number): number {
  const literal = /[\w.+-]*/y
  literal.lastIndex = at
  return at + (literal.exec(text)?.[0].length ?? 0)
}

function blankComments(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//gs, (token) =>
    token.startsWith('"') ? token : ' ',
  )
}
